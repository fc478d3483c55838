"""The funds: identity, contacts, hours, agencies, services in charge, nomenclatures, theme."""

"""« Qui a consulté mon dossier »: each opening by an agent, when, by which team, for what."""

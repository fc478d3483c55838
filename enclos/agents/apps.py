from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "enclos.agents"
    label = "agents"

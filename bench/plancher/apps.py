from django.apps import AppConfig


class PlancherConfig(AppConfig):
    name = "bench.plancher"
    label = "plancher"
    default_auto_field = "django.db.models.BigAutoField"

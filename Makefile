# The tasks of the house. `make` alone lists them.
PORT ?= 8000
.DEFAULT_GOAL := aide
.PHONY: aide demo test check bench docs captures

aide: ## Liste les tâches
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: ## Installe le nécessaire et sert le portail sur http://127.0.0.1:8000 (PORT=8123, RESET=1)
	@outils/preparer demo
	@exec .venv/bin/enclos demo --port $(PORT) $(if $(RESET),--reset)

test: ## Installe le nécessaire, navigateur compris, et passe toute la suite
	@outils/preparer-tests
	@outils/tester

check: ## Format, style, types, étages, gabarits et réglages de production
	@outils/preparer developpement
	@outils/verifier

bench: ## Mesure, rapports dans un même passage, et écrit var/bench/*.json
	@outils/preparer-tests
	@.venv/bin/python -m bench

docs: ## Liste la documentation et vérifie ses liens
	@outils/preparer developpement
	@.venv/bin/python outils/liens.py

captures: ## Refait les captures d’écran du README depuis la démonstration
	@outils/preparer-tests
	@.venv/bin/python outils/captures.py

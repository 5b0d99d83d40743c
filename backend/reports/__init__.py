"""Figures over tickets, for dashboards and exports."""

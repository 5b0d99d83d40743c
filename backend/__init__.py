"""The desk: one package per noun of the field; imports run down only (DESIGN.md 2)."""

"""Thin views: check the permission, validate, call a service or selector."""

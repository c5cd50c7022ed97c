"""Typesetting: papers as PDF, made in processes of their own."""

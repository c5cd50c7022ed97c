"""Imports: files of records, mapped, checked, loaded and, if need be, taken back."""

"""Samplers, as functions of a callable score or velocity."""

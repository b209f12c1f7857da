"""`make run`: from a bare Python to web, workers and demo. Standard library only.

Nothing in here may import Django or anything else that has to be installed first.
"""

#!/usr/bin/env python
"""Django's command line for cityinit."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityinit.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        # A setting that cannot be: the line says which, a traceback would hide it.
        sys.exit(str(problem))


if __name__ == "__main__":
    main()

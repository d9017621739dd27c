"""Templates without the indents of their source: a tenth of a page were spaces that nobody sees."""

import re

from django.template.loaders.filesystem import Loader as FolderLoader

# The ends of lines stay, so that a fault in a template names its line.
INDENT = re.compile(r"[ \t]*\n[ \t]+")


class Loader(FolderLoader):
    def get_contents(self, origin):
        text = super().get_contents(origin)
        return INDENT.sub("\n", text) if origin.template_name.endswith(".html") else text

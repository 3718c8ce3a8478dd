"""What gunicorn serves: the viewer, made once a worker."""

import os
import sys

from connectors.checks import faults_by_model
from viewer.app import make_app
from viewer.commands.check_config import edited
from viewer.commands.code_lines import unbelieved
from viewer.settings import Misconfigured, read_settings

APP_LOAD_ERROR = 4  # tells gunicorn to end, and not to start the worker again for ever

try:
    settings = read_settings(os.environ)
    app = make_app(settings)
except Misconfigured as problem:
    sys.stderr.write(f"{problem}\n")
    sys.exit(APP_LOAD_ERROR)

for line in (*edited(settings.agreements), *unbelieved(settings.code_map_files)):
    sys.stderr.write(f"{line}\n")
faults_by_model("Patient", b"{}")  # reads the R4B models, which takes a second, before the first page and not during it

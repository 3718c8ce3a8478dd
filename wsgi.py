"""What gunicorn serves: the viewer, made once a worker."""

import os

from connectors.checks import faults_by_model
from viewer.app import make_app
from viewer.settings import read_settings

app = make_app(read_settings(os.environ))
faults_by_model("Patient", b"{}")  # reads the R4B models, which takes a second, before the first page and not during it

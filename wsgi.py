"""What gunicorn serves: the viewer, made once a worker."""

import os

from viewer.app import make_app
from viewer.settings import read_settings

app = make_app(read_settings(os.environ))

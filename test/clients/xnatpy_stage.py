"""What the scenarios of xnatpy share, whichever release it is."""
import json
import logging

import xnat
from stage import PASSWORD, URL, USER, Scenario, fresh, make_session, rest

# What this release does differently is said where it matters.
OLD = xnat.__version__.startswith('0.5')


class Heard(logging.Handler):
    """Keeps what a client has to complain about."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.said = []

    def emit(self, record):
        self.said.append(record.getMessage())


def connect(heard=None, **credentials):
    logger = logging.getLogger(fresh('xnat'))
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(heard or logging.NullHandler())
    return xnat.connect(URL, logger=logger, **(credentials or {'user': USER, 'password': PASSWORD}))


def item(path):
    """The fields and the children of a record, without any client."""
    found = rest('GET', f'{path}?format=json')
    assert found.status == 200, path
    return json.loads(found.body)['items'][0]


class XnatpyScenario(Scenario):
    @classmethod
    def setUpClass(cls):
        cls.central = cls.enterClassContext(connect())

    def setUp(self):
        super().setUp()
        self.central.clearcache()

    def session(self):
        """The session of the fixture, by the names of its places."""
        self.accession = make_session(self.project)
        return self.central.projects[self.project].subjects['sub1'].experiments['exp1']

    def listed(self, path, column):
        return [row[column] for row in rest('GET', f'/data/projects/{self.project}/{path}').rows()]


"""What the scenarios of all clients share: where the server is, a fresh project, requests without any client."""
import base64
import json
import os
import random
import string
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import unittest

URL = os.environ['ISOCENTER_URL']
USER = 'admin'
PASSWORD = os.environ['ISOCENTER_ADMIN_PASSWORD']


def fresh(prefix):
    """A name that no other scenario uses."""
    return prefix + ''.join(random.choices(string.ascii_uppercase, k=8))


class Answer:
    def __init__(self, status, body, headers):
        self.status, self.body, self.headers = status, body, headers

    def rows(self):
        return json.loads(self.body)['ResultSet']['Result']


def rest(method, path, body=None, headers=None, user=USER, password=PASSWORD):
    """One request as a program without a client library sends it; errors come back as answers."""
    request = urllib.request.Request(URL + path, data=body, method=method, headers=headers or {})
    if user is not None:
        token = base64.b64encode(f'{user}:{password}'.encode()).decode()
        request.add_header('Authorization', f'Basic {token}')
    try:
        with urllib.request.urlopen(request) as reply:
            return Answer(reply.status, reply.read(), reply.headers)
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read(), error.headers)


def put(path, body=None, **headers):
    answer = rest('PUT', path, body, headers)
    if answer.status not in (200, 201):
        raise AssertionError(f'PUT {path}: {answer.status} {answer.body.decode()}')
    return answer


def make_user(login, password):
    document = {'username': login, 'password': password, 'firstName': 'Ann', 'lastName': 'Archer',
                'email': f'{login}@x.example', 'enabled': True, 'verified': True}
    answer = rest('POST', '/xapi/users', json.dumps(document).encode(), {'Content-Type': 'application/json'})
    assert answer.status in (200, 201), answer.body


def make_session(project, subject='sub1', session='exp1', resource='DICOM'):
    """A session with scan 1 of type T1 and two files, one of them in a folder; returns its accession id."""
    put(f'/data/projects/{project}')
    put(f'/data/projects/{project}/subjects/{subject}')
    place = f'/data/projects/{project}/subjects/{subject}/experiments/{session}'
    accession = put(f'{place}?xsiType=xnat:mrSessionData&date=2024-03-05').body.decode()
    put(f'{place}/scans/1?xsiType=xnat:mrScanData&type=T1&quality=usable')
    for path, content in FILES.items():
        put(f'{place}/scans/1/resources/{resource}/files/{path}?format=DICOM', content)
    return accession


FILES = {'a.dcm': b'first file\x00\xff', 'deep/b.dcm': b'second file'}


class Scenario(unittest.TestCase):
    """A test with a project of its own (name in `self.project`) and a temporary folder (`self.folder`)."""

    def setUp(self):
        self.project = fresh('P')
        put(f'/data/projects/{self.project}')
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(content)
        return path

    def read(self, *names):
        with open(os.path.join(self.folder, *names), 'rb') as file:
            return file.read()

    def stored(self, path):
        """The bytes that the server gives for a path, without any client."""
        answer = rest('GET', path)
        self.assertEqual(answer.status, 200, path)
        return answer.body


def tree(folder):
    """Every file below a folder: relative path with slashes, and content."""
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            with open(path, 'rb') as file:
                found[os.path.relpath(path, folder).replace(os.sep, '/')] = file.read()
    return found


class Outcomes(unittest.TestResult):
    """Says of every test, in a line of its own, whether it passed, and what it complained about."""

    def tell(self, test, complaint=None):
        name = '.'.join(test.id().split('.')[-2:])
        print('RESULT ' + json.dumps({'test': name, 'complaint': complaint}), flush=True)

    def addSuccess(self, test):
        self.tell(test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.tell(test, f'left out: {reason}')

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.tell(test, self._exc_info_to_string(error, test))

    def addError(self, test, error):
        super().addError(test, error)
        self.tell(test, self._exc_info_to_string(error, test))


def main():
    """Runs the tests named as arguments, or all of the script, and ends with a status above 0 when one does not pass."""
    loader = unittest.defaultTestLoader
    script = sys.modules['__main__']
    suite = loader.loadTestsFromNames(sys.argv[1:], script) if sys.argv[1:] else loader.loadTestsFromModule(script)
    outcomes = Outcomes()
    suite.run(outcomes)
    sys.exit(0 if outcomes.wasSuccessful() else 1)

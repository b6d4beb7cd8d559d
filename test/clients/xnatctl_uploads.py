"""Scenarios of xnatctl that bring sessions in (clients 26, 27), run as the program that people type."""
import json
import os
import shutil
import time

from stage import main, put, rest, tree
from xnatctl_stage import XnatctlScenario

FOLDER = os.environ['UPLOAD_FOLDER']
# A session of few files in two series, and one of two hundred in four.
FEW, MANY = (os.path.join(FOLDER, name) for name in ('few', 'many'))
# How long the server may take to find that nothing more comes, in seconds.
PATIENCE = 60


def idle_after(minutes):
    """Sets when a session that nothing comes for any more is taken as whole."""
    settings = {'sessionXmlRebuilderInterval': minutes, 'sessionXmlRebuilderRepeat': 500}
    answer = rest('POST', '/xapi/siteConfig', json.dumps(settings).encode(), {'Content-Type': 'application/json'})
    assert answer.status == 200, answer.body


class Uploads(XnatctlScenario):
    def setUp(self):
        super().setUp()
        self.addCleanup(idle_after, 5)

    def upload(self, path, label, *words):
        return self.run_it('session', 'upload', path, '-P', self.project, '-S', 's1', '-E', label, *words)

    def waiting(self):
        return rest('GET', f'/data/prearchive/projects/{self.project}').rows()

    def archived(self, label):
        """The bytes of all files of the scans of a session, once it is there."""
        at = f'/data/projects/{self.project}/subjects/s1/experiments/{label}'
        idle_after(0)
        deadline = time.monotonic() + PATIENCE
        while rest('GET', f'{at}?format=json').status != 200 and time.monotonic() < deadline:
            time.sleep(0.2)
        idle_after(5)
        rows = rest('GET', f'{at}/scans/ALL/files').rows()
        return sorted(self.stored(row['URI']) for row in rows), rest('GET', f'{at}/scans').rows()

    def sessions(self):
        return sorted(row['label'] for row in rest('GET', f'/data/projects/{self.project}/experiments').rows())

    def check(self, label, source):
        contents, scans = self.archived(label)
        self.assertEqual(contents, sorted(tree(source).values()))
        self.assertEqual(len(scans), len(next(os.walk(source))[1]))
        self.assertEqual(self.waiting(), [])

    def test_26_batches(self):
        for mode in ('tar', 'zip'):
            self.upload(FEW, f'e-{mode}', '--mode', mode, '-w', '4')
            self.check(f'e-{mode}', FEW)
        self.assertEqual(self.sessions(), ['e-tar', 'e-zip'])

    def test_26_archives(self):
        for kind in ('zip', 'tar'):
            packed = shutil.make_archive(os.path.join(self.folder, f'session-{kind}'), kind, FEW)
            self.upload(packed, f'f-{kind}')
            self.check(f'f-{kind}', FEW)

    def test_26_prearchive(self):
        put(f'/data/projects/{self.project}/prearchive_code/0')
        packed = shutil.make_archive(os.path.join(self.folder, 'session'), 'zip', FEW)
        self.upload(packed, 'e1', '--prearchive')
        (entry,) = self.listed('prearchive', 'list', '--project', self.project)
        self.assertIn('e1', json.dumps(entry))
        (row,) = self.waiting()
        self.run_it('prearchive', 'archive', self.project, row['timestamp'], row['name'], '--subject', 's1', '--label', 'e1')
        self.check('e1', FEW)

    def test_27_gradually(self):
        self.upload(MANY, 'e1', '--mode', 'gradual', '-w', '4')
        self.check('e1', MANY)
        self.assertEqual(self.sessions(), ['e1'])


if __name__ == '__main__':
    main()

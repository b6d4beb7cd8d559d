"""Scenarios of xnatpy about imports and the prearchive (clients 20, 21, 22), for every release alike."""
import os
import shutil
import time

from stage import main, rest, tree
from xnatpy_stage import OLD, XnatpyScenario

DICOM = os.path.join(os.environ['UPLOAD_FOLDER'], 'few')
# Every file of the session, whatever it is called: an import names files anew.
CONTENTS = sorted(tree(DICOM).values())
SCANS = len(next(os.walk(DICOM))[1])


def listed(found):
    """0.5 has lists where 0.8 has dictionaries."""
    return found if OLD else found.values()


def read(file):
    with file.open() as stream:
        return stream.read()


class Imports(XnatpyScenario):
    def setUp(self):
        super().setUp()
        self.packed = shutil.make_archive(os.path.join(self.folder, 'session'), 'zip', DICOM)

    def sent(self, **wish):
        return self.central.services.import_(self.packed, project=self.project, subject='s1', experiment='e1',
                                             content_type='application/zip', **wish)

    def archived(self):
        """The bytes of all files of the scans of session e1, as the server has them."""
        at = f'/data/projects/{self.project}/subjects/s1/experiments/e1/scans/ALL/files'
        return sorted(self.stored(row['URI']) for row in rest('GET', at).rows())

    def settled(self):
        """What waits in the prearchive of the project, once nobody works on it: errands are queued, whatever async says."""
        for _ in range(200):
            states = [row['status'] for row in rest('GET', f'/data/prearchive/projects/{self.project}').rows()]
            if all(state == 'READY' for state in states):
                self.central.clearcache()
                return list(self.central.prearchive.sessions(project=self.project))
            time.sleep(0.05)
        self.fail(states)

    def test_20_prearchive(self):
        waiting = self.sent(destination=f'/prearchive/projects/{self.project}')
        self.assertEqual(type(waiting).__name__, 'PrearchiveSession')
        self.assertEqual((waiting.status, waiting.project, waiting.name), ('READY', self.project, 'e1'))
        self.assertEqual((waiting.subject, waiting.folder_name), ('s1', 'e1'))
        self.assertIsNotNone(waiting.uploaded and waiting.lastmod)
        self.assertEqual(len(waiting.scans), SCANS)
        self.assertEqual(sorted(read(file) for scan in listed(waiting.scans) for file in listed(scan.files)), CONTENTS)
        waiting.download(os.path.join(self.folder, 'waiting.zip'))
        shutil.unpack_archive(os.path.join(self.folder, 'waiting.zip'), os.path.join(self.folder, 'waiting'))
        found = [text for path, text in tree(os.path.join(self.folder, 'waiting')).items() if not path.endswith('.xml')]
        self.assertEqual(sorted(found), CONTENTS)

    def test_21_archiving(self):
        self.sent(destination=f'/prearchive/projects/{self.project}')
        (waiting,) = self.central.prearchive.sessions(project=self.project)
        self.assertEqual(waiting.name, 'e1')
        session = waiting.archive(subject='s1', experiment='e1')
        self.assertEqual((type(session).__name__, session.label), ('MrSessionData', 'e1'))
        self.assertEqual(len(session.scans), SCANS)
        self.assertTrue(all('DICOM' in [one.label for one in scan.resources.values()] for scan in session.scans.values()))
        self.assertEqual(self.archived(), CONTENTS)
        self.assertEqual(list(self.central.prearchive.sessions(project=self.project)), [])

    def test_21_moving_and_deleting(self):
        waiting = self.sent(destination=f'/prearchive/projects/{self.project}')
        waiting.rebuild(asynchronous=False)
        (waiting,) = self.settled()
        self.assertEqual(len(waiting.scans), SCANS)
        waiting.delete(asynchronous=False)
        self.assertEqual(self.settled(), [])

    def test_22_folders(self):
        session = self.central.services.import_dir(
            DICOM, project=self.project, subject='s1', experiment='e1',
            destination=f'/archive/projects/{self.project}/subjects/s1/experiments/e1')
        self.assertEqual((type(session).__name__, session.label), ('MrSessionData', 'e1'))
        self.assertEqual(len(session.scans), SCANS)
        self.assertEqual(self.archived(), CONTENTS)

    def test_22_appending(self):
        at = f'/archive/projects/{self.project}/subjects/s1/experiments/e1'
        session = self.sent(destination=at)
        with self.assertRaises(Exception):
            self.sent(destination=at, overwrite='none')
        again = self.sent(destination=at, overwrite='delete')
        self.assertEqual(again.id, session.id)
        self.assertEqual(self.archived(), CONTENTS)


if __name__ == '__main__':
    main()

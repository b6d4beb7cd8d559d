"""The main job with pyxnat: a folder tree of DICOM becomes sessions with scans, and comes back byte for byte.

DICOM_FOLDER holds one folder per session with one folder of DICOM files per scan.
"""
import glob
import hashlib
import io
import os
import tarfile
import zipfile

import nibabel
import numpy
import pandas
from pyxnat import Interface
from stage import PASSWORD, URL, USER, Scenario, main, rest, tree

DICOM = os.environ['DICOM_FOLDER']
# Scans of up to so many files go and come file by file as well.
FEW = 10


def sessions():
    """Sessions by name: their scans by name, with the folder of each."""
    found = {}
    for folder in sorted(glob.glob(os.path.join(DICOM, '*', '*', ''))):
        session, scan = folder.rstrip(os.sep).split(os.sep)[-2:]
        found.setdefault(session, {})[scan] = folder
    return found


class MainJob(Scenario):
    """One job from the upload to the comparison: its steps follow on each other."""

    def setUp(self):
        super().setUp()
        self.central = Interface(server=URL, user=USER, password=PASSWORD)
        self.addCleanup(self.central.disconnect)
        self.place = self.central.select.project(self.project)

    def upload(self, session, scans):
        experiment = self.place.subject(f'sub-{session}').experiment(session)
        experiment.create(experiments='xnat:mrSessionData')
        for name, folder in scans.items():
            scan = experiment.scan(name)
            scan.create(scans='xnat:mrScanData', **{'xnat:mrScanData/type': 'T1'})
            resource = scan.resource('DICOM')
            files = tree(folder)
            if len(files) > FEW:
                resource.put_dir(folder, overwrite=False)
                continue
            for path in files:
                resource.file(path).put(os.path.join(folder, path), format='DICOM', content='RAW')
        return experiment

    def check_lists(self, experiment, scans):
        self.assertEqual(sorted(experiment.scans().get()), sorted(scans))
        for name, folder in scans.items():
            resource = experiment.scan(name).resource('DICOM')
            local = tree(folder)
            facts = resource.attributes()
            self.assertEqual((facts['file_count'], facts['file_size']),
                             (str(len(local)), str(sum(map(len, local.values())))))
            place = f'{experiment._uri}/scans/{name}/resources/DICOM/files'
            listed = pandas.read_csv(io.BytesIO(rest('GET', f'{place}?format=csv').body), dtype=str)
            self.assertEqual(sorted(listed.columns), sorted(['Name', 'Size', 'URI', 'collection', 'file_tags', 'file_format',
                                                             'file_content', 'cat_ID', 'digest']))
            digests = dict(zip(listed['URI'].str.split('/files/').str[1], listed['digest']))
            self.assertEqual(digests, {path: hashlib.md5(body).hexdigest() for path, body in local.items()})

    def check_downloads(self, experiment, scans):
        whole = {}
        for name, folder in scans.items():
            local = tree(folder)
            whole.update({f'{name}/{path}': body for path, body in local.items()})
            out = os.path.join(self.folder, f'{experiment.label()}-{name}')
            os.mkdir(out)
            resource = experiment.scan(name).resource('DICOM')
            resource.get(out, extract=True)
            self.assertEqual({f'DICOM/{path}' for path in local}, set(tree(out)))
            self.assertTrue({f'DICOM/{path}': body for path, body in local.items()} == tree(out), name)
            for path, body in list(local.items())[:FEW]:
                back = resource.file(path).get(os.path.join(self.folder, 'one'))
                self.assertTrue(self.read(back) == body, path)
        packed = experiment.scans().download(self.folder, type='ALL', name=experiment.label())
        with zipfile.ZipFile(packed) as members:
            self.assertIsNone(members.testzip())
            self.assertTrue({scan_path(name): members.read(name) for name in members.namelist()} == whole)
        tarred = self.central.get(f'{experiment._uri}/scans/ALL/files?format=tar.gz').content
        with tarfile.open(fileobj=io.BytesIO(tarred), mode='r:gz') as members:
            self.assertTrue({scan_path(one.name): members.extractfile(one).read() for one in members} == whole)

    def test_main_job(self):
        found = sessions()
        self.assertTrue(found, f'no folders of sessions and scans in {DICOM}')
        for session, scans in found.items():
            experiment = self.upload(session, scans)
            self.check_lists(experiment, scans)
            self.check_downloads(experiment, scans)
        self.assertEqual(len(self.place.experiments().get()), len(found))

    def test_nifti(self):
        voxels = numpy.arange(4 * 5 * 6, dtype='int16').reshape(4, 5, 6)
        path = os.path.join(self.folder, 'image.nii.gz')
        nibabel.save(nibabel.Nifti1Image(voxels, numpy.diag([2, 2, 3, 1])), path)
        resource = self.place.subject('s').experiment('e').scan('1').resource('NIFTI')
        resource.file('image.nii.gz').put(path, format='NIFTI', content='T1')
        back = resource.file('image.nii.gz').get(os.path.join(self.folder, 'back.nii.gz'))
        self.assertEqual(self.read(back), self.read(path))
        image = nibabel.load(back)
        self.assertTrue((numpy.asarray(image.dataobj) == voxels).all())
        self.assertEqual(image.header.get_zooms(), (2, 2, 3))


def scan_path(path):
    """`SCAN/FILE` of a member `SESSION/scans/SCAN-TYPE/resources/DICOM/files/FILE`."""
    _, scans, scan, resources, label, files, *rest_of_it = path.split('/')
    assert (scans, resources, label, files) == ('scans', 'resources', 'DICOM', 'files'), path
    return '/'.join([scan.rsplit('-', 1)[0], *rest_of_it])


if __name__ == '__main__':
    main()

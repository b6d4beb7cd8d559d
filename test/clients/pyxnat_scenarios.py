"""Scenarios of pyxnat that read and write the hierarchy and its files (clients 2, 4, 7, 9, 11, 16, 18)."""
import os
import zipfile

from pyxnat import Interface
from stage import FILES, PASSWORD, URL, USER, Scenario, fresh, main, make_session, put, rest, tree


def paths_of(resource):
    """The paths of the files in a folder, sorted; `files().get()` gives their last parts only."""
    return sorted(file.attributes()['path'] for file in resource.files())


class Pyxnat(Scenario):
    def setUp(self):
        super().setUp()
        self.central = Interface(server=URL, user=USER, password=PASSWORD)
        self.addCleanup(self.central.disconnect)
        self.place = self.central.select.project(self.project)

    def test_02_projects(self):
        calls = []
        central = Interface(server=URL, user=USER, password=PASSWORD)
        central._http.hooks['response'].append(lambda reply, **_: calls.append(reply))
        self.assertIn(self.project, central.select.projects().get())
        self.assertEqual([call.request.path_url.split('?')[0] for call in calls], ['/data/JSESSION', '/data/projects'])
        self.assertEqual(calls[1].headers['content-type'].split(';')[0], 'text/csv')

    def test_02_address_with_a_slash(self):
        central = Interface(server=f'{URL}/', user=USER, password=PASSWORD)
        self.assertIn(self.project, central.select.projects().get())
        place = central.select.project(self.project)
        place.resource('raw').file('a.txt').put('text')
        self.assertEqual(self.stored(f'/data/projects/{self.project}/resources/raw/files/a.txt'), b'text')

    def test_04_creation(self):
        subject = self.place.subject(fresh('s'))
        session = subject.experiment(fresh('e'))
        scan = session.scan('11')
        resource = scan.resource('DICOM')
        for one in (subject, session, scan, resource):
            self.assertFalse(one.exists())
            one.create()
            self.assertTrue(one.exists(), one)
        self.assertEqual(session.datatype(), 'xnat:mrSessionData')
        self.assertEqual(scan.datatype(), 'xnat:mrScanData')
        self.assertTrue(subject.id().startswith('XNAT_S'))
        self.assertTrue(session.id().startswith('XNAT_E'))
        self.assertEqual(self.place.experiments().get('id', 'label'), [(session.id(), session.id())])
        self.assertEqual(session.scans().get(), ['11'])
        self.assertEqual(self.central.select('//experiments').get().count(session.id()), 1)

    def test_04_given_ids_and_types(self):
        session = self.place.subject('s').experiment('e')
        ids = {'experiments': 'xnat:petSessionData', 'ID': fresh('TEST_E'), 'xnat:subjectData/ID': fresh('TEST_S')}
        session.create(**dict(ids))
        self.assertEqual(session.id(), ids['ID'])
        self.assertEqual(session.parent().id(), ids['xnat:subjectData/ID'])
        self.assertEqual(session.datatype(), 'xnat:petSessionData')
        session.scan('s1').create(scans='xnat:petScanData', use_label=True)
        self.assertEqual([row['xsiType'] for row in rest('GET', f"/data/experiments/{ids['ID']}/scans").rows()],
                         ['xnat:petScanData'])
        assessor = session.assessor('qc')
        assessor.create(assessors='xnat:qcAssessmentData')
        self.assertEqual(assessor.datatype(), 'xnat:qcAssessmentData')
        session.reconstruction('r').create()
        self.assertEqual(session.reconstructions().get(), ['r'])

    def test_04_created_together(self):
        scan = self.central.select(f'/projects/{self.project}/subjects/x/experiments/y/scans/z')
        scan.create()
        self.assertTrue(scan.exists())
        again = self.central.array.scans(project_id=self.project, experiment_type='xnat:mrSessionData',
                                         scan_type='xnat:mrScanData')
        self.assertEqual([row['xnat:mrscandata/id'] for row in again.data], ['z'])

    def test_07_one_file(self):
        content = bytes(range(256)) * 300
        resource = self.place.subject('s').resource('raw')
        file = resource.file('d/x.txt')
        file.put(self.write('x', content), format='BIN', content='NOISE', tags='a')
        self.assertTrue(file.exists())
        self.assertEqual(self.read(file.get(os.path.join(self.folder, 'back'))), content)
        self.assertEqual(int(file.size()), len(content))
        self.assertRegex(file.last_modified(), r'^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$')
        self.assertEqual((file.format(), file.content(), file.labels()), ('BIN', 'NOISE', 'a'))
        self.assertEqual(paths_of(resource), ['d/x.txt'])
        here = f'/data/projects/{self.project}/subjects/s/resources/raw/files/d/x.txt'
        self.assertEqual(self.stored(here), content)

    def test_07_overwriting(self):
        file = self.place.resource('raw').file('note.txt')
        file.put('the first text')
        file.put('the second', overwrite=False)
        here = f'/data/projects/{self.project}/resources/raw/files/note.txt'
        self.assertEqual(self.stored(here), b'the first text')
        file.put('the second', overwrite=True)
        self.assertEqual(self.stored(here), b'the second')

    def test_07_names(self):
        resource = self.place.resource('names')
        names = ['a;b.txt', 'plus+sign.txt', 'with blank.txt', 'x(1)[2].txt', 'é.txt']
        for name in names:
            resource.file(name).put(name)
        self.assertEqual(paths_of(resource), names)
        for name in names:
            path = resource.file(name).get(os.path.join(self.folder, 'back'))
            self.assertEqual(self.read(path), name.encode(), name)

    def zipped(self):
        path = os.path.join(self.folder, 'tree.zip')
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as packed:
            for name, content in FILES.items():
                packed.writestr(f'tree/{name}', content)
        return path

    def test_09_zips(self):
        zipped = self.zipped()
        extracted, kept = self.place.resource('extracted'), self.place.resource('kept')
        extracted.put_zip(zipped, extract=True)
        kept.put_zip(zipped, extract=False)
        self.assertEqual(paths_of(extracted), [f'tree/{name}' for name in FILES])
        for name, content in FILES.items():
            self.assertEqual(self.stored(f'/data/projects/{self.project}/resources/extracted/files/tree/{name}'), content)
        self.assertEqual(paths_of(kept), ['tree.zip'])
        self.assertEqual(self.stored(f'/data/projects/{self.project}/resources/kept/files/tree.zip'), self.read(zipped))

    def test_09_lists_and_folders(self):
        paths = [self.write(f'up/{name}', content) for name, content in FILES.items()]
        self.place.resource('list').put(paths)
        self.place.resource('folder').put_dir(os.path.join(self.folder, 'up'))
        for label in ('list', 'folder'):
            self.assertEqual(paths_of(self.place.resource(label)), sorted(FILES), label)
            for name, content in FILES.items():
                here = f'/data/projects/{self.project}/resources/{label}/files/{name}'
                self.assertEqual(self.stored(here), content)
        self.assertEqual(self.place.resource('list').attributes()['file_count'], '2')

    def test_11_downloads(self):
        make_session(self.project)
        session = self.place.subject('sub1').experiment('exp1')
        resource = session.scan('1').resource('DICOM')
        os.mkdir(os.path.join(self.folder, 'out'))
        self.assertEqual(len(resource.get(os.path.join(self.folder, 'out'), extract=True)), 2)
        self.assertEqual(tree(os.path.join(self.folder, 'out')), {f'DICOM/{name}': body for name, body in FILES.items()})
        packed = resource.get(os.path.join(self.folder, 'out'), extract=False)
        self.assertEqual(os.path.basename(packed), 'DICOM.zip')
        with zipfile.ZipFile(packed) as members:
            self.assertEqual(sorted(members.read(name) for name in members.namelist()), sorted(FILES.values()))
        for kind in ('ALL', 'T1', '1'):
            target = os.path.join(self.folder, kind)
            os.mkdir(target)
            with zipfile.ZipFile(session.scans().download(target, type=kind)) as members:
                self.assertEqual(sorted(members.read(name) for name in members.namelist()), sorted(FILES.values()))

    def test_16_attributes(self):
        session = self.place.subject('s').experiment('e')
        session.create(**{'xnat:mrSessionData/age': '42', 'xnat:subjectData/investigator/lastname': 'doe',
                          'xnat:subjectData/investigator/firstname': 'john'})
        subject = session.parent()
        self.assertEqual(session.attrs.get('xnat:mrSessionData/age'), '42.0')
        names = ['xnat:subjectData/investigator/firstname', 'xnat:subjectData/investigator/lastname']
        self.assertEqual(subject.attrs.mget(names), ['john', 'doe'])
        session.attrs.set('xnat:mrSessionData/age', '26')
        self.assertEqual(session.attrs.get('xnat:mrSessionData/age'), '26.0')
        subject.attrs.set('age', '27')
        self.assertEqual(subject.attrs.get('age'), '27')
        subject.attrs.mset({'gender': 'female', 'handedness': 'left'})
        self.assertEqual([subject.attrs.get(name) for name in ('gender', 'handedness')], ['female', 'left'])
        session.attrs.set('note', 'a & b <c> ü/50%, "q"')
        self.assertEqual(session.attrs.get('note'), 'a & b <c> ü/50%, "q"')

    def test_16_scan_parameters(self):
        scan = self.place.subject(fresh('s')).experiment(fresh('e')).scan('1').insert(use_label=True)
        scan.set_param('foo', 'foostring')
        scan.set_param('bar', '1')
        self.assertEqual(scan.params(), ['foo', 'bar'])
        self.assertEqual(scan.get_params(), ['foostring', '1'])
        self.assertEqual(scan.get_param('foo'), 'foostring')

    def test_16_provenance(self):
        assessor = self.place.subject(fresh('s')).experiment(fresh('e')).assessor(fresh('a')).insert(use_label=True)
        steps = [{'program': name, 'timestamp': '2011-03-01T12:01:01.897987', 'user': 'angus', 'machine': 'war',
                  'platform': 'linux', 'program_version': version} for name, version in (('young', '1'), ('old', '2'))]
        assessor.provenance.set(steps)
        self.assertEqual([(step['program'], step['program_version'], step['machine'])
                          for step in assessor.provenance.get()], [('young', '1', 'war'), ('old', '2', 'war')])

    def test_18_deletion(self):
        make_session(self.project)
        subject = self.place.subject('sub1')
        resource = subject.experiment('exp1').scan('1').resource('DICOM')
        file = resource.file('deep/b.dcm')
        file.delete()
        self.assertFalse(file.exists())
        self.assertEqual(resource.files().get(), ['a.dcm'])
        for one in (resource, subject.experiment('exp1').scan('1'), subject.experiment('exp1'), subject):
            one.delete()
            self.assertFalse(one.exists(), one)
        self.assertEqual(rest('GET', f'/data/projects/{self.project}/subjects/sub1').status, 404)
        self.place.delete()
        self.assertFalse(self.place.exists())


if __name__ == '__main__':
    main()

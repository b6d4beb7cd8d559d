"""Scenarios of xnatpy (clients 1, 3, 5, 6, 8, 10, 15, 17, 19, 33, 38; resources 196, 197), for every release alike."""
import datetime
import io
import os
import zipfile

from stage import FILES, USER, fresh, main, make_session, put, rest, tree
from xnatpy_stage import OLD, Heard, XnatpyScenario, connect, item

class Xnatpy(XnatpyScenario):
    def test_01_connecting(self):
        heard = Heard()
        with connect(heard) as central:
            self.assertTrue(central.xnat_version.startswith('1.8'))
            self.assertEqual(central.logged_in_user, USER)
            self.assertTrue(issubclass(central.classes.MrSessionData, central.classes.ImageSessionData))
            for name in ('PetSessionData', 'SrScanData', 'QcManualAssessorData', 'SubjectVariablesData'):
                self.assertTrue(hasattr(central.classes, name), name)
        self.assertEqual(heard.said, [])

    def test_01_types(self):
        types = self.central.inspect.datatypes('xnat:*SessionData')
        self.assertIn('xnat:mrSessionData', types)
        fields = self.central.inspect.datafields('xnat:subjectData')
        self.assertIn('xnat:subjectData/SUBJECT_LABEL', fields)

    def test_03_browsing(self):
        session = self.session()
        central, project = self.central, self.central.projects[self.project]
        self.assertEqual(type(session).__name__, 'MrSessionData')
        self.assertEqual(session.id, self.accession)
        scan = session.scans['1']
        self.assertEqual(type(scan).__name__, 'MrScanData')
        self.assertIs(session.scans['T1'], scan)
        resource = scan.resources['DICOM']
        self.assertEqual(type(resource).__name__, 'ResourceCatalog')
        self.assertIs(scan.resources[resource.id], resource)
        self.assertEqual((resource.file_count, resource.file_size), (2, sum(map(len, FILES.values()))))
        self.assertEqual(sorted(resource.files.keys()), ['a.dcm', 'deep/b.dcm'])
        subject = project.subjects['sub1']
        self.assertIs(project.subjects[subject.id], subject)
        self.assertEqual(list(project.experiments.keys()), [self.accession])
        self.assertEqual(project.experiments['exp1'].label, 'exp1')
        self.assertEqual(session.subject.id, subject.id)
        self.assertIn(self.accession, central.experiments)
        self.assertIn(subject.id, central.subjects)
        with self.assertRaises(KeyError):
            project.subjects['nobody']

    def test_03_filters_and_tables(self):
        self.session()
        project = self.central.projects[self.project]
        for label in ('s10', 's11', 'other'):
            put(f'/data/projects/{self.project}/subjects/{label}')
        self.assertEqual({one.label for one in project.subjects.filter(label='s1*').values()}, {'s10', 's11'})
        rows = project.subjects.tabulate(columns=('ID', 'label'))
        self.assertEqual({row.label for row in rows}, {'s10', 's11', 'other', 'sub1'})
        defaults = project.subjects.tabulate()
        self.assertTrue({'ID', 'label', 'insert_date'} <= set(defaults[0]._fields))

    def test_05_creation(self):
        classes, project = self.central.classes, self.central.projects[self.project]
        subject = classes.SubjectData(parent=project, label='s2')
        session = classes.MrSessionData(parent=subject, label='e2')
        scan = classes.MrScanData(parent=session, id='5', type='T2', series_description='t2 space')
        self.assertTrue(subject.uri.endswith(subject.id) and session.uri.endswith(session.id))
        self.assertNotEqual(session.id, 'e2')
        self.assertEqual((scan.id, scan.type, scan.series_description), ('5', 'T2', 't2 space'))
        place = f'/data/projects/{self.project}/subjects/s2/experiments/e2'
        self.assertEqual(item(f'{place}/scans/5')['data_fields']['type'], 'T2')
        self.assertEqual(item(place)['data_fields']['ID'], session.id)

    def test_05_projects_and_folders(self):
        classes = self.central.classes
        name = fresh('P')
        project = classes.ProjectData(parent=self.central, id_=name, name=f'Title of {name}')
        self.assertEqual(item(f'/data/projects/{name}')['data_fields']['name'], f'Title of {name}')
        folder = classes.ResourceCatalog(parent=project, label='NOTES')
        folder.upload_data('a note', 'note.txt')
        self.assertEqual(self.stored(f'/data/projects/{name}/resources/NOTES/files/note.txt'), b'a note')
        self.assertEqual([one.label for one in project.resources.values()], ['NOTES'])

    def test_06_one_file(self):
        scan = self.session().scans['1']
        resource = scan.create_resource('NIFTI', format='NIFTI')
        content = os.urandom(70_000)
        resource.upload(self.write('local.nii', content), 'sub/a.nii')
        resource.clearcache()
        self.assertEqual(list(resource.files.keys()), ['sub/a.nii'])
        file = resource.files['sub/a.nii']
        with file.open() as stream:
            self.assertEqual(stream.read(), content)
        self.assertEqual((resource.file_count, int(file.size)), (1, len(content)))
        file.download(os.path.join(self.folder, 'back.nii'), verbose=False)
        self.assertEqual(self.read('back.nii'), content)
        at = f'/data/experiments/{self.accession}/scans/1/resources/NIFTI/files/sub/a.nii'
        self.assertEqual(self.stored(at), content)

    def test_06_overwriting_and_streams(self):
        resource = self.session().scans['1'].create_resource('U')
        resource.upload_data(b'first', 'a.txt')
        resource.upload_data(io.BytesIO(b'second'), 'a.txt', overwrite=True)
        resource.upload_data(b'tagged', 'b.txt', file_format='TXT', file_content='NOTE', file_tags='x,y')
        at = f'/data/experiments/{self.accession}/scans/1/resources/U/files'
        self.assertEqual(self.stored(f'{at}/a.txt'), b'second')
        resource.clearcache()
        rows = {row['Name']: row for row in rest('GET', at).rows()}
        self.assertEqual([rows['b.txt'][key] for key in ('file_format', 'file_content')], ['TXT', 'NOTE'])
        resource.files['a.txt'].delete()
        self.assertEqual([row['Name'] for row in rest('GET', at).rows()], ['b.txt'])

    def test_08_folders(self):
        session = self.session()
        content = {'a.txt': b'one', 'deep/er/b.txt': b'two', 'deep/c.txt': b'three'}
        for name, text in content.items():
            self.write(f'tree/{name}', text)
        methods = ['tgz_file', 'tar_file', 'tgz_memory', 'tar_memory']
        # File by file, the older release takes folders for files.
        for method in methods if OLD else [*methods, 'per_file']:
            resource = session.scans['1'].create_resource(method)
            resource.upload_dir(os.path.join(self.folder, 'tree'), method=method)
            resource.clearcache()
            self.assertEqual(sorted(resource.files.keys()), sorted(content), method)
            at = f'/data/experiments/{self.accession}/scans/1/resources/{method}/files'
            for name, text in content.items():
                self.assertEqual(self.stored(f'{at}/{name}'), text)

    def test_10_downloads(self):
        session = self.session()
        scan, resource = session.scans['1'], session.scans['1'].resources['DICOM']
        wanted = {f'exp1/scans/1-T1/resources/DICOM/files/{name}': text for name, text in FILES.items()}
        for name, one in (('session', session), ('scan', scan), ('resource', resource)):
            target = os.path.join(self.folder, name)
            os.mkdir(target)
            one.download_dir(target, verbose=False)
            found = tree(target)
            if name == 'session':
                self.assertEqual(found, wanted)
            self.assertEqual(sorted(found.values()), sorted(FILES.values()))
            self.assertTrue(all('/files/' in path for path in found))
            packed = os.path.join(self.folder, f'{name}.zip')
            one.download(packed, verbose=False)
            with zipfile.ZipFile(packed) as file:
                self.assertEqual(sorted(file.read(each) for each in file.namelist()), sorted(FILES.values()))

    def test_10_projects_and_subjects(self):
        self.session()
        project = self.central.projects[self.project]
        project.download_dir(self.folder, verbose=False)
        found = {path.rsplit('/files/', 1)[1]: text for path, text in tree(self.folder).items()}
        self.assertEqual(found, FILES)

    def test_15_fields(self):
        session = self.session()
        session.scans['1'].quality = 'questionable'
        session.date = datetime.date(2024, 2, 29)
        session.note = 'a <note> & more'
        self.central.clearcache()
        session = self.central.projects[self.project].experiments['exp1']
        self.assertEqual(session.scans['1'].quality, 'questionable')
        self.assertEqual((session.date, session.note), (datetime.date(2024, 2, 29), 'a <note> & more'))
        session.mset({'age': '42.5', 'acquisition_site': 'Here'})
        del session.note
        session.clearcache()
        self.assertEqual((session.age, session.acquisition_site, session.note), (42.5, 'Here', None))
        fields = item(f'/data/experiments/{self.accession}')['data_fields']
        self.assertEqual((float(fields['age']), 'note' in fields), (42.5, False))
        with self.assertRaises(ValueError):
            session.note = 'x' * 2501

    def test_15_renaming(self):
        session = self.session()
        session.label = 'renamed'
        self.central.projects[self.project].subjects['sub1'].label = 'subject'
        self.assertEqual(self.listed('experiments', 'label'), ['renamed'])
        self.assertEqual(self.listed('subjects', 'label'), ['subject'])

    def test_17_deletion(self):
        session = self.session()
        project = self.central.projects[self.project]
        base = f'/data/projects/{self.project}/subjects/sub1'
        scan = session.scans['1']
        gone = []
        scan.resources['DICOM'].files['a.dcm'].delete()
        gone.append(f'{base}/experiments/exp1/scans/1/resources/DICOM/files/a.dcm')
        for one, place in ((scan.resources['DICOM'], '/experiments/exp1/scans/1/resources/DICOM'),
                           (scan, '/experiments/exp1/scans/1'), (session, '/experiments/exp1'),
                           (project.subjects['sub1'], '')):
            self.assertEqual(rest('GET', base + place).status, 200)
            one.delete(remove_files=True)
            gone.append(base + place)
            for path in gone:
                self.assertEqual(rest('GET', path).status, 404, path)
        project.clearcache()
        self.assertEqual((len(project.subjects), len(project.experiments)), (0, 0))

    def test_19_variables(self):
        subject = self.session().subject
        subject.fields['x'] = '1'
        subject.fields['y z'] = 'two'
        subject.clearcache()
        self.assertEqual(dict(subject.fields), {'x': '1', 'y z': 'two'})
        del subject.fields['x']
        subject.clearcache()
        self.assertEqual(dict(subject.fields), {'y z': 'two'})
        children = item(f'/data/projects/{self.project}/subjects/sub1')['children']
        stored = [one['items'][0]['data_fields'] for one in children if one['field'] == 'fields/field']
        self.assertEqual([(one['name'], one['field']) for one in stored], [('y z', 'two')])

    def test_19_parameters(self):
        scan = self.session().scans['1']
        if OLD:
            # Here `scan.parameters` is the scan itself: it keeps both under one address.
            scan.mset({'parameters/addParam[name=foo]/addField': 'bar', 'parameters/tr': 3.5})
        else:
            scan.parameters.add_param['foo'] = 'bar'
            scan.fields['more'] = 'baz'
            scan.parameters.tr = 3.5
            scan.parameters.voxel_res.x = 0.9375
            scan.clearcache()
            self.assertEqual(dict(scan.fields), {'foo': 'bar', 'more': 'baz'})
            self.assertEqual((scan.parameters.tr, scan.parameters.voxel_res.x), (3.5, 0.9375))
        stored = item(f'/data/experiments/{self.accession}/scans/1')
        self.assertEqual(stored['data_fields']['parameters/tr'], 3.5)
        params = [one for child in stored['children'] if child['field'] == 'parameters/addParam' for one in child['items']]
        self.assertEqual((params[0]['data_fields']['name'], params[0]['data_fields']['addField']), ('foo', 'bar'))
        # Deleting from `scan.fields` names a path that no scan has (`parameters/parameters`), in either release.
        scan.mset({'parameters/addParam[name=foo]/addField': 'NULL', 'parameters/addParam[name=foo]/name': 'NULL'})
        scan.clearcache()
        fields = [child['field'] for child in item(f'/data/experiments/{self.accession}/scans/1')['children']]
        self.assertEqual('parameters/addParam' in fields, not OLD)

    def test_19_defined_variables(self):
        self.session()
        name = f'{self.project}_xnat_subjectData'
        document = ('<xnat:Project xmlns:xnat="http://nrg.wustl.edu/xnat"'
                    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="%s"><xnat:studyProtocol'
                    ' xsi:type="xnat:datatypeProtocol" ID="%s" name="Subjects" data-type="xnat:subjectData">'
                    '<xnat:definitions><xnat:definition ID="mine" data-type="xnat:subjectData" project-specific="1">'
                    '<xnat:fields><xnat:field name="dose" type="custom" datatype="integer" required="0" sequence="0"'
                    ' xmlPath="xnat:subjectData/fields/field[name=dose]/field"/></xnat:fields></xnat:definition>'
                    '</xnat:definitions></xnat:studyProtocol></xnat:Project>') % (self.project, name)
        put(f'/data/projects/{self.project}', document.encode(), **{'Content-Type': 'text/xml'})
        self.central.clearcache()
        subject = self.central.projects[self.project].subjects['sub1']
        self.assertEqual(list(subject.custom_variables), ['mine'])
        self.assertIsNone(subject.custom_variables['mine']['dose'])
        subject.custom_variables['mine']['dose'] = 7
        subject.clearcache()
        self.assertEqual(subject.custom_variables['mine']['dose'], 7)

    def test_33_sharing(self):
        session = self.session()
        other = fresh('P')
        put(f'/data/projects/{other}')
        session.subject.share(other, label='there')
        session.share(other, label='theirs')
        self.central.clearcache()
        seen = self.central.projects[other]
        self.assertEqual([one.label for one in seen.subjects.values()], ['there'])
        self.assertEqual([one.label for one in seen.experiments.values()], ['theirs'])
        self.assertEqual(seen.experiments['theirs'].id, self.accession)
        self.assertEqual(self.listed('experiments', 'label'), ['exp1'])
        shares = rest('GET', f'/data/experiments/{self.accession}/projects').rows()
        self.assertEqual([row['ID'] for row in shares], [self.project, other])

    def test_38_assessors(self):
        session = self.session()
        if OLD:
            assessor = session.create_assessor('qc1', type_='xnat:qcManualAssessorData')
        else:
            # Here `create_assessor` makes the assessor and then loses the id that it wants to keep it under.
            assessor = self.central.classes.QcManualAssessorData(parent=session, label='qc1')
        self.assertEqual(type(assessor).__name__, 'QcManualAssessorData')
        self.assertEqual(assessor.label, 'qc1')
        session.clearcache()
        self.assertEqual([one.label for one in session.assessors.values()], ['qc1'])
        resource = session.assessors['qc1'].create_resource('RESULT')
        resource.upload_data(b'a result', 'out/r.txt')
        resource.clearcache()
        self.assertEqual(list(session.assessors['qc1'].resources['RESULT'].files.keys()), ['out/r.txt'])
        at = f'/data/projects/{self.project}/subjects/sub1/experiments/exp1/assessors/qc1'
        self.assertEqual(self.stored(f'{at}/resources/RESULT/files/out/r.txt'), b'a result')
        session.assessors['qc1'].comments = 'fine'
        self.assertEqual(item(at)['data_fields']['comments'], 'fine')
        self.assertEqual(len(session.reconstructions), 0)

    def test_38_catalog_and_lists(self):
        session = self.session()
        self.central.services.refresh_catalog(session.scans['1'].resources['DICOM'])
        self.assertIsInstance(self.central.scanners, list)
        self.assertIn('T1', [one['type'] for one in self.central.scan_types])
        self.assertEqual(list(self.central.plugins), [])
        self.assertTrue(self.central.xnat_uptime and self.central.xnat_build_info['version'])


if __name__ == '__main__':
    main()

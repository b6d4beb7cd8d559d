"""Scenarios of pyxnat about people, sharing, settings and custom variables (clients 31, 32, 33, 40)."""
import os

from pyxnat import Interface
from pyxnat.core.errors import DatabaseError, OperationalError
from stage import FILES, PASSWORD, URL, USER, Scenario, fresh, main, make_session, make_user, put, rest


def interface(user=USER, password=PASSWORD):
    return Interface(server=URL, user=user, password=password)


def labels(project, kind):
    return [row['label'] for row in rest('GET', f'/data/projects/{project}/{kind}').rows()]


class People(Scenario):
    def setUp(self):
        super().setUp()
        self.central = interface()
        self.place = self.central.select.project(self.project)

    def test_31_wrong_password(self):
        wrong = interface(password='not it')
        with self.assertRaises((OperationalError, DatabaseError)):
            wrong._exec('/data/projects')
        self.assertEqual(wrong.select.projects().get(), [])
        self.assertFalse(wrong.select.project(self.project).exists())

    def test_32_anonymous(self):
        public, private = self.project, fresh('P')
        make_session(public)
        self.place.set_accessibility('public')
        put(f'/data/projects/{private}?accessibility=private')
        guest = Interface(server=URL, anonymous=True)
        seen = guest.select.projects().get()
        self.assertIn(public, seen)
        self.assertNotIn(private, seen)
        self.assertFalse(guest.select.project(private).subjects().get())
        resource = guest.select.project(public).subject('sub1').experiment('exp1').scan('1').resource('DICOM')
        path = resource.file('a.dcm').get(os.path.join(self.folder, 'a'))
        self.assertEqual(self.read(path), FILES['a.dcm'])
        with self.assertRaises(DatabaseError):
            guest.select.project(public).subject('new').create()
        self.assertFalse(self.place.subject('new').exists())

    def test_33_sharing(self):
        make_session(self.project)
        other = fresh('P')
        self.central.select.project(other).create()
        subject = self.place.subject('sub1')
        session = subject.experiment('exp1')
        target = self.central.select.project(other)
        for one, seen in ((subject, target.subject), (session, target.experiment)):
            self.assertEqual(one.shares().get(), [self.project])
            self.assertFalse(seen('there').exists())
            one.share(other, label='there')
            self.assertEqual(one.shares().get(), [self.project, other])
            self.assertEqual(seen('there').id(), one.id())
        self.assertEqual(labels(other, 'subjects'), ['there'])
        self.assertEqual(labels(other, 'experiments'), ['there'])
        self.assertEqual(labels(self.project, 'experiments'), ['exp1'])
        here = f'/data/projects/{other}/subjects/there/experiments/there/scans/1/resources/DICOM/files/a.dcm'
        self.assertEqual(self.stored(here), FILES['a.dcm'])
        with self.assertRaises(ValueError):
            subject.share(self.project)
        for one, seen in ((session, target.experiment), (subject, target.subject)):
            one.unshare(other)
            self.assertEqual(one.shares().get(), [self.project])
            self.assertFalse(seen('there').exists())
            self.assertTrue(one.exists())

    def test_33_collections(self):
        make_session(self.project)
        other = fresh('P')
        self.central.select.project(other).create()
        self.place.subjects().share(other)
        self.assertEqual(len(self.place.subjects().sharing([self.project, other]).get()), 1)
        self.place.subjects().unshare(other)
        self.assertEqual(self.place.subjects().sharing([self.project, other]).get(), [])

    def test_33_moving(self):
        make_session(self.project)
        other = fresh('P')
        self.central.select.project(other).create()
        subject = self.place.subject('sub1')
        subject.share(other, primary=True)
        self.assertEqual(self.central.select.project(other).subject('sub1').attrs.get('project'), other)

    def test_40_settings(self):
        for word in ('protected', 'public', 'private'):
            self.place.set_accessibility(word)
            self.assertEqual(self.place.accessibility(), word.encode())
        for code in (4, 0, 5):
            self.place.set_prearchive_code(str(code))
            self.assertEqual(self.place.prearchive_code(), code)
        for code in (1, 0):
            self.place.set_quarantine_code(str(code))
            self.assertEqual(self.place.quarantine_code(), code)
        self.assertEqual(self.place.current_arc(), b'arc001')
        put(f'/data/projects/{self.project}?alias={self.project}x&description=what+it+is')
        self.assertEqual(self.place.aliases(), [f'{self.project}x'])
        self.assertEqual(self.place.description(), 'what it is')

    def test_40_users(self):
        login = fresh('u').lower()
        make_user(login, 'a-password-of-hers')
        self.place.set_accessibility('private')
        users = self.central.manage.users
        self.assertIn(login, users())
        self.assertEqual((users.firstname(login), users.lastname(login)), ('Ann', 'Archer'))
        self.assertEqual(users.email(login), f'{login}@x.example')
        self.assertEqual(self.place.users(), [USER])
        self.assertEqual(self.place.user_role(USER), 'owner')
        hers = interface(login, 'a-password-of-hers')
        for role, ask in (('collaborator', self.place.collaborators), ('member', self.place.members),
                          ('owner', self.place.owners)):
            self.place.add_user(login, role)
            self.assertIn(login, ask())
            self.assertEqual(self.place.user_role(login), role)
            self.assertTrue(hers.select.project(self.project).exists())
        self.place.remove_user(login)
        self.assertEqual(self.place.users(), [USER])
        self.assertFalse(hers.select.project(self.project).exists())

    def test_40_what_roles_may(self):
        login = fresh('u').lower()
        make_user(login, 'a-password-of-hers')
        hers = interface(login, 'a-password-of-hers').select.project(self.project)
        self.place.add_user(login, 'collaborator')
        with self.assertRaises(DatabaseError):
            hers.subject('s').create()
        self.place.add_user(login, 'member')
        hers.subject('s').create()
        hers.subject('s').resource('notes').file('n.txt').put('text')
        self.assertEqual(self.stored(f'/data/projects/{self.project}/subjects/s/resources/notes/files/n.txt'), b'text')

    def test_40_custom_variables(self):
        protocol = ('<xnat:studyProtocol xsi:type="xnat:datatypeProtocol" ID="{0}_subjectData" name="Subjects"'
                    ' data-type="xnat:subjectData"/>').format(self.project)
        document = ('<xnat:Project xmlns:xnat="http://nrg.wustl.edu/xnat" ID="{0}"'
                    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{1}</xnat:Project>')
        put(f'/data/projects/{self.project}', document.format(self.project, protocol).encode(),
            **{'Content-Type': 'text/xml'})
        self.place.add_custom_variables({'Subjects': {'newgroup': {'foo': 'string', 'bar': 'int'}}})
        self.assertEqual(self.place.get_custom_variables(),
                         {'Subjects': {'newgroup': {'foo': 'string', 'bar': 'int'}}})
        subject = self.place.subject('s').create()
        path = 'xnat:subjectData/fields/field[name=foo]/field'
        subject.attrs.set(path, 'a value')
        self.assertEqual(subject.attrs.get(path), 'a value')
        subject.attrs.set(path, 'another')
        self.assertEqual(subject.attrs.get(path), 'another')
        self.assertEqual(subject.xpath('//xnat:fields/xnat:field/@name'), ['foo'])
        self.assertEqual(rest('GET', f'/data/projects/{self.project}').status, 200)

    def test_40_documents(self):
        session = self.place.subject('s').experiment('m')
        session.create()
        # This client cannot send a document that declares its encoding.
        document = session.get().decode().split('?>', 1)[1].lstrip()
        self.assertIn('xnat:MRSession', document)
        written = self.write('m.xml', document.replace('<xnat:subject_ID>',
                                                       '<xnat:note>written &amp; read</xnat:note><xnat:subject_ID>')
                             .encode())
        session.create(xml=written)
        self.assertEqual(session.attrs.get('note'), 'written & read')
        self.assertEqual(session.xpath('//xnat:note/text()'), ['written & read'])


if __name__ == '__main__':
    main()

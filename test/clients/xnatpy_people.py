"""Scenarios of xnatpy about people and sign-in (clients 30, 31, 32, 40), for every release alike."""
import requests
import xnat
from stage import FILES, PASSWORD, URL, USER, fresh, main, make_session, make_user, put, rest
from xnatpy_stage import OLD, XnatpyScenario, connect


class People(XnatpyScenario):
    def test_30_tokens(self):
        login = fresh('u').lower()
        make_user(login, 'a secret of mine')
        put(f'/data/projects/{self.project}/users/Members/{login}')
        with connect(user=login, password='a secret of mine') as central:
            token = central.services.issue_token()
        with connect(user=token.alias, password=token.secret) as central:
            self.assertEqual(central.logged_in_user, login)
            self.assertIn(self.project, central.projects)
        with self.assertRaises(Exception):
            connect(user=token.alias, password='x' * 64)
        rest('GET', f'/data/services/tokens/invalidate/{token.alias}')
        with self.assertRaises(Exception):
            connect(user=token.alias, password=token.secret)

    def test_30_sessions(self):
        session = requests.get(f'{URL}/data/JSESSION', auth=(USER, PASSWORD)).text
        with connect(jsession=session, cli=True) as central:
            self.assertEqual(central.logged_in_user, USER)
        with connect(jsession=session) as central:
            self.assertIn(self.project, central.projects)
        with self.assertRaises(xnat.exceptions.XNATLoginFailedError):
            connect(jsession=session)

    def test_31_wrong_password(self):
        with self.assertRaises(xnat.exceptions.XNATLoginFailedError) as refused:
            connect(user=USER, password='not it')
        # The words of the page, not its markup.
        self.assertRegex(str(refused.exception), r'logging in: \w[^<]+$')
        with self.assertRaises(xnat.exceptions.XNATLoginFailedError):
            connect(user='nobody', password='not it')

    def test_32_guests(self):
        public, private = self.project, fresh('P')
        accession = make_session(public)
        put(f'/data/projects/{public}/accessibility/public')
        put(f'/data/projects/{private}?accessibility=private')
        with connect(user=None) as guest:
            self.assertEqual(guest.logged_in_user, 'guest')
            self.assertIn(public, guest.projects)
            self.assertNotIn(private, guest.projects)
            with guest.experiments[accession].scans['1'].resources['DICOM'].files['a.dcm'].open() as stream:
                self.assertEqual(stream.read(), FILES['a.dcm'])
            with self.assertRaises(Exception):
                guest.classes.SubjectData(parent=guest.projects[public], label='new')
        self.assertEqual(len(rest('GET', f'/data/projects/{public}/subjects').rows()), 1)

    def test_40_users(self):
        login = fresh('u').lower()
        make_user(login, 'a secret of mine')
        project = self.central.projects[self.project]
        self.assertEqual(list(project.users), [USER])
        self.assertEqual(project.users[USER].data['displayname'], 'Owners')
        put(f'/data/projects/{self.project}/users/Collaborators/{login}')
        self.assertEqual(project.users[login].data['GROUP_ID'], f'{self.project}_collaborator')
        user = self.central.users[login]
        self.assertEqual((user.first_name, user.last_name, user.email), ('Ann', 'Archer', f'{login}@x.example'))
        with connect(user=login, password='a secret of mine') as central:
            self.assertIn(self.project, central.projects)

    def test_40_access(self):
        if OLD:
            self.skipTest('the older release does not know of access levels')
        login = fresh('u').lower()
        make_user(login, 'a secret of mine')
        project = self.central.projects[self.project]
        self.assertEqual(project.access_level, 'Owners')
        project.set_access(login, 'Members')
        self.assertEqual(project.users[login].access_level, 'Members')
        with connect(user=login, password='a secret of mine') as central:
            self.assertEqual(central.access_levels, {self.project: 'Members'})
        project.remove_access(project.users[login])
        self.assertEqual(list(project.users), [USER])


if __name__ == '__main__':
    main()

import { randomBytes } from 'node:crypto'
import { escapeHtml } from '../formats/html-text.ts'
import type { Viewer } from '../model/access.ts'
import type { Answer } from './call.ts'

/** A page in two halves, between which stands what only this answer may run. */
type Page = Readonly<{ title: string; body: string; script?: string }>

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1b2a38;background:#f4f6f8}
header{display:flex;justify-content:space-between;padding:.75rem 1.5rem;background:#123a5a;color:#fff}
header a{color:#cfe6ff}main{max-width:40rem;margin:2rem auto;padding:1.5rem;background:#fff;border-radius:.5rem}
label{display:block;margin:.75rem 0}input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.4rem}
button{font:inherit;padding:.4rem 1.2rem}.error{color:#a11}`

/** A page as HTML that runs no scripts but its own, and that no other site may frame. */
export function pageAnswer({ title, body, script }: Page, status = 200): Answer {
  const nonce = randomBytes(16).toString('base64')
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${style}</style>`
  const scripts = script === undefined ? '' : `<script nonce="${nonce}">${script}</script>`
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=UTF-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
    },
    body: `<!DOCTYPE html>\n<html lang="en">\n<head>${head}${scripts}</head>\n<body>\n${body}\n</body>\n</html>\n`,
  }
}

/** Where people type their name and password; `failure` says why that did not work. */
export function loginPage(siteId: string, failure?: string): Page {
  const error = failure === undefined ? '' : `<p class="error" role="alert">${escapeHtml(failure)}</p>`
  const body = `<header><span>${escapeHtml(siteId)}</span></header>
<main><h1>Sign in</h1>${error}
<form method="post" action="/login">
<label>User name <input name="username" autocomplete="username" autocapitalize="none" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form></main>`
  return { title: `${siteId}: sign in`, body }
}

/**
 * The first page. Clients read two things from its text: the name of the user in `user_info`, character for character,
 * and the token of the session in `var csrfToken` (clients 1.1, 5.1).
 */
export function homePage(siteId: string, viewer: Viewer, token: string | undefined): Page {
  const name = viewer.guest
    ? '<span id="user_info">Logged in as: <span style="color:red;">Guest</span> <a href="/app/template/Login.vm">Sign in</a></span>'
    : `<span id="user_info">Logged in as: &nbsp;<a href="/xapi/users/profile">${escapeHtml(viewer.login)}</a> <a href="/app/action/LogoutUser">Sign out</a></span>`
  const body = `<header><span>${escapeHtml(siteId)}</span>${name}</header>
<main><h1>${escapeHtml(siteId)}</h1><p><a href="/data/projects?format=html">Projects</a></p></main>`
  return { title: siteId, body, ...(token === undefined ? {} : { script: `var csrfToken = '${token}';` }) }
}

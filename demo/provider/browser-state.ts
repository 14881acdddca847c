// Session management (OpenID Connect Session Management 1.0): applications can ask an iframe whether the user is still the one they know.
import { createHash, randomBytes } from 'node:crypto'
import type { KoaContextWithOIDC, Session } from 'oidc-provider'
import type { Applications } from './clients.ts'

const CHECK_SESSION_PATH = '/session/check'

const hash = (text: string) => createHash('sha256').update(text).digest('base64url')

/** What the iframe reads. Not for people's eyes, but for scripts': whoever reads it learns nothing. */
const signedInState = ({ uid, accountId, loginTs }: Session) => hash(`${uid} ${accountId} ${loginTs}`)

/** So that "signed out" can be told from "this browser does not show us our cookies here". */
const SIGNED_OUT = 'none.'

/** oidc-provider marks it so; its types do not tell. */
type Ending = Session & { readonly destroyed?: boolean }

function browserStateOf(session: Ending, known: string | undefined): string | undefined {
	if (session.accountId && !session.destroyed) return signedInState(session)
	if (!known || known.startsWith(SIGNED_OUT)) return known
	return SIGNED_OUT + randomBytes(12).toString('base64url')
}

/** Section 2: salted, so that two sign-ins cannot be told to be of one browser. */
function sessionStateFor(clientId: string, origin: string, browserState: string) {
	const salt = randomBytes(12).toString('base64url')
	return `${hash(`${clientId} ${origin} ${browserState} ${salt}`)}.${salt}`
}

/** Adds `session_state` to an authorization response. */
export function addSessionState({ oidc }: KoaContextWithOIDC, response: Record<string, unknown> | undefined) {
	const { client, session, params } = oidc
	if (!response || !client || !session) return
	const { origin } = new URL(String(params?.['redirect_uri']))
	response['session_state'] = sessionStateFor(client.clientId, origin, signedInState(session))
}

/** Middleware: keeps the cookie that tells scripts of the provider's origin when somebody has signed in or out. */
export const browserState = (cookie: string, maxAgeSeconds: number) => async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
	await next()
	const { session } = ctx.oidc ?? {}
	if (!session) return
	const known = ctx.cookies.get(cookie, { signed: false })
	const state = browserStateOf(session, known)
	if (!state || state === known) return
	ctx.cookies.set(cookie, state, { httpOnly: false, sameSite: 'lax', signed: false, maxAge: maxAgeSeconds * 1000 })
}

/** Middleware: the page that applications embed (section 3.2). */
export function checkSession(cookie: string, applications: Applications) {
	const origins = applications.map(({ origin }) => origin).join(' ')
	const policy = `default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors ${origins}`
	const page = `<!doctype html><title>Keyhouse</title><script src="/check-session.js" data-cookie="${cookie}"></script>`
	return async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
		if (ctx.path !== CHECK_SESSION_PATH) return next()
		ctx.set('Content-Security-Policy', policy)
		ctx.type = 'html'
		ctx.body = page
	}
}

/** What the discovery document says of it (section 3.3). */
export const checkSessionIframe = (issuer: string) => new URL(CHECK_SESSION_PATH, issuer).href

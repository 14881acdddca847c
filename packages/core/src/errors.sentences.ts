// What each code means and what to do, for the development build.
import type { SessionErrorCode } from './errors.ts'

type Sentence = readonly [meaning: string, hint: string]

export const sentences: Record<SessionErrorCode, Sentence> = {
	invalid_option: ['this option cannot be used.', 'correct the options given to createSessionManager().'],
	duplicate_manager: [
		'a session manager for this authority and client lives already, with other options.',
		'create one manager in one module and import it, or dispose() the first.',
	],
	disposed: ['this session manager has been disposed.', 'create a new one.'],
	environment_unsupported: [
		'this page cannot hold a session: it is no secure context, or has no WebCrypto.',
		'serve the page over https, or from http://localhost.',
	],
	storage_unavailable: [
		"the browser's storage does not answer.",
		'retry() tries again; closing other tabs of the site may help. Where all storage is blocked, signIn({ method: "popup" }) works.',
	],
	update_required: ['a newer version of the application has changed the session.', 'reload the page.'],
	chunk_failed: [
		'the part of the SDK that talks to the provider could not be loaded.',
		'check the network; after a deploy, keep the old chunks for a while.',
	],
	discovery_failed: [
		'the discovery document could not be used.',
		'`authority` must be the issuer itself; for Keycloak it ends in /realms/<realm>; the provider must allow this origin (CORS).',
	],
	popup_blocked: ['the browser did not open the window.', "call signIn({ method: 'popup' }) in a click, before anything is awaited."],
	popup_closed: ['the user closed the window of the sign-in.', 'offer the user to try again.'],
	network_error: ['the provider could not be reached.', 'retry() tries again; a missing CORS header at the provider looks the same.'],
	timeout: ['no answer came in time.', 'retry() tries again.'],
	provider_error: ['the provider answered with an error.', "see oauthError and the provider's log."],
	client_refused: [
		'the provider refuses this client, or what it is configured to ask for.',
		"compare `clientId`, `scope` and `resource` with the client's registration at the provider, its grant types too; see oauthError.",
	],
	access_denied: ['the user or the provider refused the sign-in.', 'offer the user to try again.'],
	state_mismatch: [
		'the sign-in response does not belong to a sign-in that this browser began.',
		'start again from the application; a bookmark of the callback page does this too.',
	],
	redirect_uri_mismatch: [
		'the sign-in response did not arrive at `redirectUri`, and its code was not used.',
		'see that the host does not redirect `redirectUri` to another path, and that the provider sends users to that address; retry() signs in again.',
	],
	sign_in_interrupted: ['the page was reloaded or closed while it exchanged the code of the sign-in.', 'retry() signs in again.'],
	sign_in_loop: [
		'unattended sign-ins of this tab came to nothing, one right after the other, so it starts no more of them.',
		'signIn() or retry() signs in; see that the redirect URI loads this session manager, and that nothing ends the session right away.',
	],
	id_token_invalid: [
		'the ID token failed a check of OpenID Connect Core 3.1.3.7.',
		'compare `authority` and `clientId` with the provider; check the clock.',
	],
	step_up_required: [
		'the API wants the user to prove anew, or better, who they are.',
		'in a click, call stepUp(error.challenge); then make the call again.',
	],
	not_authenticated: ['nobody is signed in.', 'call signIn() or requireSession() first.'],
	redirecting: ['the page is about to navigate away.', 'wait until the navigation is over.'],
	user_changed: [
		'another user has signed in in this browser.',
		'call acceptUser() once the page has dropped what it shows of the previous user.',
	],
	renewal_failed: [
		'the access token has expired and cannot be renewed at the moment.',
		'the session goes on and renewal is tried again by itself; renew() tries at once.',
	],
	sign_in_required: [
		'this session cannot get an access token without a sign-in.',
		'ask for a refresh token (offline_access) and name the API in `apis` or in signIn({ resource }); signIn() begins a session that can.',
	],
	sign_out_incomplete: ['the session is over on this device, but the provider could not be told.', 'retry() tries again.'],
}

/** What is wrong, in words, and what to do about it. */
export function explained(code: SessionErrorCode, detail: string | undefined): string {
	const [meaning, hint] = sentences[code]
	return `${detail ? `${detail}: ` : ''}${meaning}\n  hint: ${hint}\n `
}

/** What each option takes. */
export const wanted: Record<string, string> = {
	options: 'an object',
	authority: 'the issuer: an absolute https URL without query or fragment (http only on localhost)',
	issuer: 'a non-empty string, or a function from an issuer to a boolean',
	metadata: 'an object with issuer, authorization_endpoint and token_endpoint',
	clientId: 'a non-empty string',
	redirectUri: 'a path, or an address of this origin, without a fragment',
	postLogoutRedirectUri: 'a path, or an address of this origin, without a fragment',
	scope: 'space-separated scopes that include "openid"',
	resource: 'a non-empty string',
	apis: 'an array of https URLs (http only on localhost), of paths of this origin, or of { url, resource, scope }',
	trustedAudiences: 'an array of audiences',
	alerts:
		'false or { endpoint, claims, rules } with an https address (http only on localhost), an array of claims, and counts from 1 to 30',
	storage: '"device" or "tabs"',
	sso: '"off", "iframe" or "redirect"',
	loopGuard: '{ attempts, within } with one attempt at least',
	navigate: 'a function',
	announced: 'false or { timeout, warnBefore, signOutAt, continueOn, from }, where warnBefore is less than timeout',
	duration: 'a duration like "30s", "15m" or "12h", or milliseconds, 1000 or more',
}

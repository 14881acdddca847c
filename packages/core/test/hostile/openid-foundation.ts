// The test modules of the OpenID Foundation's relying-party plans, and what each has for a counterpart here.
import { discovery } from './rows/elsewhere.ts'
import { afterRefresh, atSignIn } from './rows/id-token.ts'
import type { Part } from './rows/row.ts'
import { signature } from './rows/signature.ts'
import { frontChannel, monitor, wayBack } from './rows/ways-out.ts'

/** A row of the hostile list, or a test elsewhere. */
export type Counterpart =
	| { readonly part: Part; readonly input: string }
	| { /** From the root of the repository. */ readonly file: string; readonly test: string }

export interface Module {
	/** `testName` in the suite. */
	readonly name: string
	/** The narrowest that has it; `undefined`: none. */
	readonly plan?: keyof typeof plans
	/** What the client has to do with what it is given; `undefined` where the module is not for a client of this kind. */
	readonly asks?: 'accept' | 'refuse' | 'accept or refuse'
	readonly here?: Counterpart
	/** Why the module is not for a public client of the code flow in a page. */
	readonly why?: string
}

export const plans = {
	basic: 'oidcc-client-basic-certification-test-plan',
	config: 'oidcc-client-config-certification-test-plan',
	'refresh token': 'oidcc-client-refreshtoken-test-plan',
	comprehensive: 'oidcc-client-test-plan',
	dynamic: 'oidcc-client-dynamic-certification-test-plan',
	'third party': 'oidcc-client-test-3rd-party-init-login-test-plan',
	'sign-out': 'oidcc-client-rp-initiated-logout-rp-basic',
	'front-channel': 'oidcc-client-front-channel-logout-rp-basic',
	'session management': 'oidcc-client-rp-session-management-rp-basic',
	'back-channel': 'oidcc-client-back-channel-logout-rp-basic',
}

const CLIENT = 'packages/core/src/protocol/client.test.ts'

const USERINFO = 'The SDK never asks the userinfo endpoint.'
const NO_SECRET = 'A public client has no secret.'
const FRONT = 'Of the implicit and hybrid flows.'
const HYBRID = 'Of the hybrid flow.'
const WEBFINGER = 'The provider is configured: `authority`.'
const REQUEST_OBJECT = 'The SDK sends no request objects.'
const SERVER = 'Goes to a server of the client.'

const backChannel = ['', '-alg-none', '-no-event', '-with-nonce', '-wrong-alg', '-wrong-aud', '-wrong-event', '-wrong-iss']

const applying: readonly Module[] = [
	{ name: 'oidcc-client-test', plan: 'basic', asks: 'accept', here: { part: signature, input: 'of the provider' } },
	{ name: 'oidcc-client-test-invalid-iss', plan: 'basic', asks: 'refuse', here: { part: atSignIn, input: 'of another issuer' } },
	{ name: 'oidcc-client-test-missing-sub', plan: 'basic', asks: 'refuse', here: { part: atSignIn, input: 'without a sub' } },
	{ name: 'oidcc-client-test-invalid-aud', plan: 'basic', asks: 'refuse', here: { part: atSignIn, input: 'for another client' } },
	{
		name: 'oidcc-client-test-missing-iat',
		plan: 'basic',
		asks: 'refuse',
		here: { part: atSignIn, input: 'that does not say when it was issued' },
	},
	{
		name: 'oidcc-client-test-kid-absent-single-jwks',
		plan: 'basic',
		asks: 'accept',
		here: { part: signature, input: 'by the only key of its kind, unnamed' },
	},
	{
		name: 'oidcc-client-test-kid-absent-multiple-jwks',
		plan: 'basic',
		asks: 'accept or refuse',
		here: { part: signature, input: 'by one of several keys, unnamed' },
	},
	{
		name: 'oidcc-client-test-idtoken-sig-rs256',
		plan: 'basic',
		asks: 'accept',
		here: { part: signature, input: 'of the provider, RS256' },
	},
	{
		name: 'oidcc-client-test-idtoken-sig-none',
		plan: 'basic',
		asks: 'accept or refuse',
		here: { part: atSignIn, input: 'whose alg is none' },
	},
	{
		name: 'oidcc-client-test-invalid-sig-rs256',
		plan: 'basic',
		asks: 'refuse',
		here: { part: signature, input: 'of another key under the same name, RS256' },
	},
	{
		name: 'oidcc-client-test-nonce-invalid',
		plan: 'basic',
		asks: 'refuse',
		here: { part: atSignIn, input: 'with the nonce of another sign-in' },
	},
	{
		name: 'oidcc-client-test-discovery-openid-config',
		plan: 'config',
		asks: 'accept',
		here: { file: CLIENT, test: 'goes to the endpoint that was discovered, with what is there already' },
	},
	{
		name: 'oidcc-client-test-discovery-jwks-uri-keys',
		plan: 'config',
		asks: 'accept',
		here: { part: signature, input: 'of the provider, whose document says where its keys are' },
	},
	{
		name: 'oidcc-client-test-discovery-issuer-mismatch',
		plan: 'config',
		asks: 'refuse',
		here: { part: discovery, input: 'of another issuer' },
	},
	{
		name: 'oidcc-client-test-signing-key-rotation',
		plan: 'config',
		asks: 'accept',
		here: { part: signature, input: 'of a key that has been rotated in since, the old one gone' },
	},
	{
		name: 'oidcc-client-test-signing-key-rotation-just-before-signing',
		plan: 'config',
		asks: 'accept',
		here: { part: signature, input: 'of a key that has been rotated in just before, the old one gone' },
	},
	{
		name: 'oidcc-client-test-refresh-token',
		plan: 'refresh token',
		asks: 'accept',
		here: { part: afterRefresh, input: 'of the same user' },
	},
	{
		name: 'oidcc-client-test-refresh-token-invalid-issuer',
		plan: 'refresh token',
		asks: 'refuse',
		here: { part: afterRefresh, input: 'of another issuer' },
	},
	{
		name: 'oidcc-client-test-refresh-token-invalid-sub',
		plan: 'refresh token',
		asks: 'refuse',
		here: { part: afterRefresh, input: 'of another user' },
	},
	{ name: 'oidcc-client-test-refresh-token-invalid-aud', asks: 'refuse', here: { part: afterRefresh, input: 'for another client' } },
	{ name: 'oidcc-client-test-refresh-token-invalid-azp', asks: 'refuse', here: { part: afterRefresh, input: 'issued to another client' } },
	{
		name: 'oidcc-client-test-missing-aud',
		plan: 'comprehensive',
		asks: 'refuse',
		here: { part: atSignIn, input: 'without an audience' },
	},
	{
		name: 'oidcc-client-test-ignores-unparseable-key-in-jwks',
		plan: 'comprehensive',
		asks: 'accept',
		here: { part: signature, input: 'of the provider, beside keys of unknown kinds' },
	},
	{
		name: 'oidcc-client-test-invalid-sig-es256',
		plan: 'comprehensive',
		asks: 'refuse',
		here: { part: signature, input: 'of another key under the same name' },
	},
	{
		name: 'oidcc-client-test-rp-init-logout',
		plan: 'sign-out',
		asks: 'accept',
		here: { part: wayBack, input: 'the state that was sent' },
	},
	{
		name: 'oidcc-client-test-rp-init-logout-other-state',
		plan: 'sign-out',
		asks: 'refuse',
		here: { part: wayBack, input: 'a state that nobody sent' },
	},
	{
		name: 'oidcc-client-test-rp-init-logout-no-state',
		plan: 'sign-out',
		asks: 'refuse',
		here: { part: wayBack, input: 'no state' },
	},
	{
		name: 'oidcc-client-test-rp-frontchannel-rpinitlogout',
		plan: 'front-channel',
		asks: 'accept',
		here: { part: frontChannel, input: 'of this session, which the user has ended before' },
	},
	{
		name: 'oidcc-client-test-rp-frontchannel-opinitlogout',
		asks: 'accept',
		here: { part: frontChannel, input: 'of this session' },
	},
	{
		name: 'oidcc-client-test-session-management',
		plan: 'session management',
		asks: 'accept',
		here: { part: monitor, input: '`unchanged` before the user signs out at the provider, and `changed` after it' },
	},
]

const others: readonly Module[] = [
	{
		name: 'oidcc-client-test-invalid-sig-hs256',
		plan: 'comprehensive',
		why: `${NO_SECRET} No MAC is taken:`,
		here: { part: signature, input: 'that is a MAC with a secret which the provider publishes' },
	},
	{
		name: 'oidcc-client-test-invalid-athash',
		plan: 'comprehensive',
		why: `${FRONT} The hash is checked all the same:`,
		here: { part: atSignIn, input: 'with a hash of another access token' },
	},
	{
		name: 'oidcc-client-test-missing-athash',
		plan: 'comprehensive',
		why: `${FRONT} In the code flow it may be missing:`,
		here: { part: atSignIn, input: 'without a hash of the access token' },
	},
	{
		name: 'oidcc-client-test-nonce-unless-code-flow',
		plan: 'comprehensive',
		why: `${FRONT} A nonce is sent all the same:`,
		here: { file: CLIENT, test: 'has a state, nonce and verifier of its own each time' },
	},
	{ name: 'oidcc-client-test-missing-chash', plan: 'comprehensive', why: HYBRID },
	{ name: 'oidcc-client-test-invalid-chash', plan: 'comprehensive', why: HYBRID },
	{
		name: 'oidcc-client-test-client-secret-basic',
		plan: 'basic',
		why: `${NO_SECRET} None is sent:`,
		here: { file: CLIENT, test: 'of a code has the verifier and the redirect URI of the request, and no secret (RFC 6749 section 4.1.3)' },
	},
	{ name: 'oidcc-client-test-mtls-endpoint-aliases', plan: 'comprehensive', why: 'Of clients that have a certificate.' },
	{
		name: 'oidcc-client-test-scope-userinfo-claims',
		plan: 'basic',
		why: `${USERINFO} The scope is sent:`,
		here: { file: CLIENT, test: 'has the parameters of the code flow, and no others (OpenID Connect Core 3.1.2.1)' },
	},
	{ name: 'oidcc-client-test-userinfo-invalid-sub', plan: 'basic', why: USERINFO },
	{ name: 'oidcc-client-test-userinfo-bearer-header', plan: 'comprehensive', why: USERINFO },
	{ name: 'oidcc-client-test-userinfo-bearer-body', plan: 'comprehensive', why: USERINFO },
	{ name: 'oidcc-client-test-userinfo-signed', plan: 'dynamic', why: USERINFO },
	{ name: 'oidcc-client-test-aggregated-claims', plan: 'comprehensive', why: USERINFO },
	{ name: 'oidcc-client-test-distributed-claims', plan: 'comprehensive', why: USERINFO },
	{ name: 'oidcc-client-test-form-post-error', plan: 'comprehensive', why: 'Nothing can be posted to a page.' },
	{ name: 'oidcc-client-test-discovery-webfinger-acct', plan: 'dynamic', why: WEBFINGER },
	{ name: 'oidcc-client-test-discovery-webfinger-url', plan: 'dynamic', why: WEBFINGER },
	{ name: 'oidcc-client-test-dynamic-registration', plan: 'dynamic', why: 'The client is registered before: `clientId`.' },
	{ name: 'oidcc-client-test-request-uri-signed-none', plan: 'dynamic', why: REQUEST_OBJECT },
	{ name: 'oidcc-client-test-request-uri-signed-rs256', plan: 'dynamic', why: REQUEST_OBJECT },
	{ name: 'oidcc-client-test-3rd-party-init-login', plan: 'third party', why: 'A page of the application, which calls `signIn()`.' },
	...backChannel.map(kind => ({
		name: `oidcc-client-test-rp-backchannel-rpinitlogout${kind}`,
		plan: 'back-channel' as const,
		why: SERVER,
	})),
]

export const modules: readonly Module[] = [...applying, ...others]

// What the demo's provider is: public clients with PKCE, rotating refresh tokens, signed access tokens for several APIs.
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { findAccount } from './accounts.ts'
import { checkSessionIframe } from './browser-state.ts'
import { type Applications, metadataOf } from './clients.ts'
import type { Grants } from './grants.ts'
import type { Likeness } from './likeness.ts'
import { errorPage } from './pages.ts'
import { type Resources, resourceIndicators } from './resources.ts'
import { signedOutPage, signOutPage } from './sign-out-pages.ts'
import { authenticationClaims, interactionPolicy, MFA } from './step-up.ts'
import { createStore } from './store.ts'

export interface Setting {
	readonly issuer: string
	readonly applications: Applications
	readonly resources: Resources
	readonly accessTokenSeconds: () => number
	readonly rotationGraceSeconds: number
	readonly grants: Grants
	readonly likeness: Likeness
}

const DAY = 86_400
export const SESSION_SECONDS = 14 * DAY

async function newSigningKey() {
	const { privateKey } = await generateKeyPair('RS256', { extractable: true })
	return { ...(await exportJWK(privateKey)), kid: randomBytes(6).toString('hex'), alg: 'RS256', use: 'sig' }
}

/** One a process: to make one takes as long as a whole sign-in, and every journey has a provider of its own. */
let signingKey: ReturnType<typeof newSigningKey> | undefined

/** Cookies are shared by all ports of a host: the port in their names keeps two demos apart. */
export const cookieName = (issuer: string, name: string) => `keyhouse_${new URL(issuer).port}_${name}`

/** As those of real providers without an agreement with the browser: an iframe on another site does not get them. */
const cookie = { httpOnly: true, sameSite: 'lax' } as const

/** Whoever pressed "Sign out" in an application, and shows it with an ID token of theirs, is not asked again. */
const signOutIsWanted = ({ oidc }: KoaContextWithOIDC) => {
	const hint = oidc.entities['IdTokenHint'] as { payload: { sub?: string } } | undefined
	return hint !== undefined && hint.payload.sub === oidc.session?.accountId
}

export async function providerConfiguration({ issuer, applications, resources, likeness, ...options }: Setting): Promise<Configuration> {
	signingKey ??= newSigningKey()
	const { refreshTokens = 'rotated', accessTokens = 'jwt', hasSignOut = true, takesPushedRequests = true } = likeness
	return {
		adapter: createStore(options.rotationGraceSeconds),
		jwks: { keys: [await signingKey] },
		cookies: {
			keys: [randomBytes(32).toString('hex')],
			long: cookie,
			short: cookie,
			names: {
				session: cookieName(issuer, 'session'),
				interaction: cookieName(issuer, 'interaction'),
				resume: cookieName(issuer, 'resume'),
			},
		},
		clients: applications.map(metadataOf),
		pkce: { required: () => true },
		scopes: ['openid', 'profile', 'email', 'offline_access'],
		acrValues: [MFA],
		claims: {
			openid: ['sub'],
			profile: ['name', 'given_name', 'family_name', 'preferred_username'],
			email: ['email', 'email_verified'],
		},
		conformIdTokenClaims: false,
		discovery: {
			check_session_iframe: checkSessionIframe(issuer),
			frontchannel_logout_supported: true,
			frontchannel_logout_session_supported: true,
		},
		extraTokenClaims: authenticationClaims,
		findAccount: (_ctx, sub) => {
			const account = findAccount(sub)
			return account && { accountId: sub, claims: () => ({ ...account }) }
		},
		loadExistingGrant: options.grants.create,
		clientBasedCORS: (_ctx, origin, client) => applications.some(one => one.origin === origin && one.clientId === client.clientId),
		issueRefreshToken: () => refreshTokens !== 'none',
		expiresWithSession: () => false,
		rotateRefreshToken: refreshTokens === 'rotated',
		interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}`, policy: await interactionPolicy() },
		ttl: {
			AccessToken: () => options.accessTokenSeconds(),
			AuthorizationCode: 60,
			Grant: SESSION_SECONDS,
			IdToken: 3600,
			Interaction: 3600,
			RefreshToken: SESSION_SECONDS,
			Session: SESSION_SECONDS,
		},
		renderError: (ctx, { error, error_description }) => errorPage(ctx, { applications, error, description: error_description }),
		features: {
			claimsParameter: { enabled: true },
			devInteractions: { enabled: false },
			dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => likeness.demandsNonces ?? false },
			revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
			pushedAuthorizationRequests: { enabled: takesPushedRequests },
			rpInitiatedLogout: {
				enabled: hasSignOut,
				logoutSource: (ctx, form) => signOutPage(ctx, { applications, form, wanted: signOutIsWanted(ctx) }),
				postLogoutSuccessSource: ctx => signedOutPage(ctx, { applications }),
			},
			resourceIndicators: await resourceIndicators({ resources, accessTokens, accessTokenSeconds: options.accessTokenSeconds }),
		},
	}
}

// What the demo's provider is: one public client with PKCE, rotating refresh tokens, signed access tokens for one API.
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { findAccount } from './accounts.ts'
import type { Grants } from './grants.ts'
import type { Likeness } from './likeness.ts'
import { errorPage, signedOutPage, signOutPage } from './pages.ts'
import { createStore } from './store.ts'

export interface ProviderOptions {
	readonly issuer: string
	readonly shop: string
	/** Audience of the access tokens (RFC 8707). */
	readonly api: string
	readonly accessTokenSeconds: () => number
	readonly rotationGraceSeconds: number
	readonly grants: Grants
	readonly likeness: Likeness
}

export const CLIENT_ID = 'shop'
const DAY = 86_400

async function signingKey() {
	const { privateKey } = await generateKeyPair('RS256', { extractable: true })
	return { ...(await exportJWK(privateKey)), kid: randomBytes(6).toString('hex'), alg: 'RS256', use: 'sig' }
}

/** Cookies are shared by all ports of a host: the port in their names keeps two demos apart. */
const cookieName = (issuer: string, name: string) => `keyhouse_${new URL(issuer).port}_${name}`

/** Whoever pressed "Sign out" in the shop, and shows it with an ID token of theirs, is not asked again. */
const signOutIsWanted = ({ oidc }: KoaContextWithOIDC) => {
	const hint = oidc.entities['IdTokenHint'] as { payload: { sub?: string } } | undefined
	return hint !== undefined && hint.payload.sub === oidc.session?.accountId
}

export async function providerConfiguration({ issuer, shop, api, likeness, ...options }: ProviderOptions): Promise<Configuration> {
	const { refreshTokens = 'rotated', accessTokens = 'jwt', hasSignOut = true, takesPushedRequests = true } = likeness
	return {
		adapter: createStore(options.rotationGraceSeconds),
		jwks: { keys: [await signingKey()] },
		cookies: {
			keys: [randomBytes(32).toString('hex')],
			names: {
				session: cookieName(issuer, 'session'),
				interaction: cookieName(issuer, 'interaction'),
				resume: cookieName(issuer, 'resume'),
			},
		},
		clients: [
			{
				client_id: CLIENT_ID,
				client_name: 'Paperlane',
				token_endpoint_auth_method: 'none',
				grant_types: ['authorization_code', 'refresh_token'],
				response_types: ['code'],
				redirect_uris: [`${shop}/signed-in`],
				post_logout_redirect_uris: [`${shop}/`],
			},
		],
		pkce: { required: () => true },
		scopes: ['openid', 'profile', 'email', 'offline_access'],
		claims: {
			openid: ['sub'],
			profile: ['name', 'given_name', 'family_name', 'preferred_username'],
			email: ['email', 'email_verified'],
		},
		conformIdTokenClaims: false,
		findAccount: (_ctx, sub) => {
			const account = findAccount(sub)
			return account && { accountId: sub, claims: () => ({ ...account }) }
		},
		loadExistingGrant: options.grants.create,
		clientBasedCORS: (_ctx, origin) => origin === shop,
		issueRefreshToken: () => refreshTokens !== 'none',
		expiresWithSession: () => false,
		rotateRefreshToken: refreshTokens === 'rotated',
		interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}` },
		ttl: {
			AccessToken: () => options.accessTokenSeconds(),
			AuthorizationCode: 60,
			Grant: 14 * DAY,
			IdToken: 3600,
			Interaction: 3600,
			RefreshToken: 14 * DAY,
			Session: 14 * DAY,
		},
		renderError: (ctx, { error, error_description }) => errorPage(ctx, { shop, error, description: error_description }),
		features: {
			devInteractions: { enabled: false },
			revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
			pushedAuthorizationRequests: { enabled: takesPushedRequests },
			rpInitiatedLogout: {
				enabled: hasSignOut,
				logoutSource: (ctx, form) => signOutPage(ctx, { shop, form, wanted: signOutIsWanted(ctx) }),
				postLogoutSuccessSource: ctx => signedOutPage(ctx, { shop }),
			},
			resourceIndicators: {
				enabled: true,
				defaultResource: () => api,
				useGrantedResource: () => true,
				getResourceServerInfo: () => ({
					scope: 'orders',
					audience: api,
					accessTokenTTL: options.accessTokenSeconds(),
					accessTokenFormat: accessTokens,
					jwt: { sign: { alg: 'RS256' } },
				}),
			},
		},
	}
}

// Grants without asking for consent, and their end with the provider's session.
import type Provider from 'oidc-provider'
import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { Applications } from './clients.ts'
import type { Resources } from './resources.ts'

export interface Grants {
	/** A grant of its own for each sign-in, so that revoking one leaves the others alone. */
	create(ctx: KoaContextWithOIDC): Promise<Grant | undefined>
	/** Middleware: a confirmed sign-out ends all grants of the session, not only the latest. */
	endWithSession(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void>
	/** As an operator would: nobody can renew any more, and nobody is told. @returns how many there were */
	revokeAll(provider: Provider): Promise<number>
}

/** @param resources the APIs that everybody may use: the main one with the application's scope */
export function createGrants([main, ...others]: Resources, applications: Applications): Grants {
	const ofSession = new Map<string, Set<string>>()

	/** @returns whether there was one */
	async function revoke({ Grant, RefreshToken }: Provider, grantId: string): Promise<boolean> {
		const grant = await Grant.find(grantId)
		if (!grant) return false
		await RefreshToken.revokeByGrantId(grantId)
		await grant.destroy()
		return true
	}

	return {
		async create({ oidc }) {
			const { client, session, provider } = oidc
			if (!client || !session?.accountId || oidc.promptPending('login')) return undefined
			const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
			grant.addOIDCScope('openid profile email offline_access')
			grant.addResourceScope(main.identifier, applications.find(({ clientId }) => clientId === client.clientId)?.scope ?? '')
			for (const { identifier, scope } of others) grant.addResourceScope(identifier, scope)
			const grantId = await grant.save()
			ofSession.set(session.uid, (ofSession.get(session.uid) ?? new Set()).add(grantId))
			return grant
		},
		async endWithSession(ctx, next) {
			await next()
			const { session, provider, params, route } = ctx.oidc ?? {}
			if (route !== 'end_session_confirm' || !session || !params?.['logout'] || ctx.status !== 303) return
			for (const grantId of ofSession.get(session.uid) ?? []) {
				if (await revoke(provider, grantId)) provider.emit('grant.revoked', ctx, grantId)
			}
			ofSession.delete(session.uid)
		},
		async revokeAll(provider) {
			const grantIds = [...ofSession.values()].flatMap(ids => [...ids])
			ofSession.clear()
			const revoked = await Promise.all(grantIds.map(grantId => revoke(provider, grantId)))
			return revoked.filter(Boolean).length
		},
	}
}

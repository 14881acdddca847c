// Grants without asking for consent, and their end with the provider's session.
import type { Grant, KoaContextWithOIDC } from 'oidc-provider'

export interface Grants {
	/** A grant of its own for each sign-in, so that revoking one leaves the others alone. */
	create(ctx: KoaContextWithOIDC): Promise<Grant | undefined>
	/** Middleware: a confirmed sign-out ends all grants of the session, not only the latest. */
	endWithSession(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void>
}

/** @param api the API that everybody may use */
export function createGrants(api: string): Grants {
	const ofSession = new Map<string, Set<string>>()

	return {
		async create({ oidc }) {
			const { client, session, provider } = oidc
			if (!client || !session?.accountId || oidc.promptPending('login')) return undefined
			const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
			grant.addOIDCScope('openid profile email offline_access')
			grant.addResourceScope(api, 'orders')
			const grantId = await grant.save()
			ofSession.set(session.uid, (ofSession.get(session.uid) ?? new Set()).add(grantId))
			return grant
		},
		async endWithSession(ctx, next) {
			await next()
			const { session, provider, params, route } = ctx.oidc ?? {}
			if (route !== 'end_session_confirm' || !session || !params?.['logout'] || ctx.status !== 303) return
			for (const grantId of ofSession.get(session.uid) ?? []) {
				const grant = await provider.Grant.find(grantId)
				if (!grant) continue
				await provider.RefreshToken.revokeByGrantId(grantId)
				await grant.destroy()
				provider.emit('grant.revoked', ctx, grantId)
			}
			ofSession.delete(session.uid)
		},
	}
}

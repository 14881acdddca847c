// Middleware of the sign-in page: shows who can sign in, and takes the answer.
import type { ParameterizedContext } from 'koa'
import type Provider from 'oidc-provider'
import { accounts, findAccount } from './accounts.ts'
import { errorPage, signInPage } from './pages.ts'

async function readForm(ctx: ParameterizedContext) {
	const chunks: Buffer[] = []
	for await (const chunk of ctx.req) chunks.push(chunk)
	return new URLSearchParams(Buffer.concat(chunks).toString())
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

export function signIn(provider: Provider, shop: string) {
	async function showPage(ctx: ParameterizedContext) {
		const { params, session } = await provider.interactionDetails(ctx.req, ctx.res)
		const client = await provider.Client.find(text(params['client_id']) ?? '')
		signInPage(ctx, {
			shop,
			application: client?.clientName ?? 'the application',
			accounts,
			again: findAccount(session?.accountId),
			hint: text(params['login_hint']),
		})
	}

	async function takeAnswer(ctx: ParameterizedContext) {
		const account = findAccount((await readForm(ctx)).get('sub') ?? undefined)
		const result = account
			? { login: { accountId: account.sub } }
			: { error: 'access_denied', error_description: 'The sign-in was cancelled.' }
		ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false }))
		ctx.status = 303
	}

	return async (ctx: ParameterizedContext, next: () => Promise<void>) => {
		if (!ctx.path.startsWith('/sign-in/')) return next()
		ctx.set('Cache-Control', 'no-store')
		try {
			await (ctx.method === 'POST' ? takeAnswer(ctx) : showPage(ctx))
		} catch {
			ctx.status = 400
			errorPage(ctx, {
				shop,
				error: 'sign_in_expired',
				description: 'This sign-in has expired or was finished already. Please start again.',
			})
		}
	}
}

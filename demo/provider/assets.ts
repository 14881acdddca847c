// Middleware of the few static files the provider's pages need.
import { readFile } from 'node:fs/promises'
import type { ParameterizedContext } from 'koa'

const read = (name: string) => readFile(new URL(name, import.meta.url), 'utf8')

export async function assets() {
	const files = new Map([
		['/keyhouse.css', { type: 'text/css', body: `${await read('pages.css')}\n${await read('people.css')}` }],
		['/keyhouse.svg', { type: 'image/svg+xml', body: await read('keyhouse.svg') }],
		['/sign-out.js', { type: 'text/javascript', body: 'document.forms[0].submit()' }],
		['/front-channel.js', { type: 'text/javascript', body: await read('front-channel.js') }],
		['/check-session.js', { type: 'text/javascript', body: await read('check-session.js') }],
	])
	return async (ctx: ParameterizedContext, next: () => Promise<void>) => {
		const file = files.get(ctx.path)
		if (!file) return next()
		ctx.set('Cache-Control', 'max-age=300')
		ctx.type = file.type
		ctx.body = file.body
	}
}

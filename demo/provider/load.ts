// Loads oidc-provider without the notice it prints on Node 20, where it works too.
type Module = typeof import('oidc-provider')

export async function loadProviderModule(): Promise<Module> {
	const { warn } = console
	console.warn = () => {}
	try {
		return await import('oidc-provider')
	} finally {
		console.warn = warn
	}
}

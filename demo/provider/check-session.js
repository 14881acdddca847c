// Runs in an iframe of an application (OpenID Connect Session Management 1.0 section 3.2): is the user still the one it knows?
const cookieName = document.currentScript.dataset.cookie

const readCookie = () =>
	document.cookie
		.split('; ')
		.find(cookie => cookie.startsWith(`${cookieName}=`))
		?.slice(cookieName.length + 1)

async function hash(text) {
	const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
	return btoa(String.fromCharCode(...bytes))
		.replaceAll('+', '-')
		.replaceAll('/', '_')
		.replaceAll('=', '')
}

async function answerTo(message, origin) {
	const [clientId, sessionState, more] = typeof message === 'string' ? message.split(' ') : []
	const [known, salt] = sessionState?.split('.') ?? []
	if (!clientId || !known || !salt || more !== undefined) return 'error'
	const browserState = readCookie()
	// Not signed out, which leaves a cookie too: the browser keeps it from us here.
	if (!browserState) return 'error'
	return (await hash(`${clientId} ${origin} ${browserState} ${salt}`)) === known ? 'unchanged' : 'changed'
}

addEventListener('message', async ({ data, origin, source }) => {
	// Only who embeds this page may ask.
	if (source !== parent || source === window) return
	source.postMessage(await answerTo(data, origin), origin)
})

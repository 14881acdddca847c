// An HTTP server on this machine that takes its port before it has anything to say, and can be stopped and started again.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LocalServer {
	readonly origin: string
	/** What answers the requests from now on. */
	handle(listener: RequestListener): void
	/** Starts listening again, on the same port. */
	start(): Promise<void>
	/** Stops listening and drops the open connections. */
	stop(): Promise<void>
}

/** To a browser these are two sites: between them its cookies are third-party ones. */
export type Host = 'localhost' | '127.0.0.1'

/** Listens on the preferred port, or on a free one where that is taken. */
export async function openServer(preferredPort: number, host: Host = 'localhost'): Promise<LocalServer> {
	let answer: RequestListener = (_request, response) => response.writeHead(503).end()
	const server = createServer((request, response) => answer(request, response))

	const listen = (port: number) =>
		new Promise<void>((resolve, reject) => {
			server.once('error', reject)
			server.listen(port, host, () => {
				server.off('error', reject)
				resolve()
			})
		})

	await listen(preferredPort).catch(error => {
		if (error.code !== 'EADDRINUSE') throw error
		return listen(0)
	})
	const { port } = server.address() as AddressInfo

	return {
		origin: `http://${host}:${port}`,
		handle: listener => {
			answer = listener
		},
		start: () => (server.listening ? Promise.resolve() : listen(port)),
		stop: () =>
			new Promise(resolve => {
				server.close(() => resolve())
				server.closeAllConnections()
			}),
	}
}

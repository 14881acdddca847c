// An HTTP server on localhost that takes its port before it has anything to say, and can be stopped and started again.
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

/** Listens on the preferred port, or on a free one where that is taken. */
export async function openServer(preferredPort: number): Promise<LocalServer> {
	let answer: RequestListener = (_request, response) => response.writeHead(503).end()
	const server = createServer((request, response) => answer(request, response))

	const listen = (port: number) =>
		new Promise<void>((resolve, reject) => {
			server.once('error', reject)
			server.listen(port, 'localhost', () => {
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
		origin: `http://localhost:${port}`,
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

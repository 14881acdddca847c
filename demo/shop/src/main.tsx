// The whole site: the session around the application.
import { SessionProvider } from '@tabsession/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { session } from './session.ts'
import './styles/index.css'

Object.assign(window, { session }) // to try it in the console

createRoot(document.querySelector('#root') as HTMLElement).render(
	<StrictMode>
		<SessionProvider manager={session}>
			<App />
		</SessionProvider>
	</StrictMode>,
)

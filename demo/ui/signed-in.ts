// The page at the redirect URI: hands the provider's response to the application, and says so where nobody wants it.
import { handleCallback } from '@tabsession/core/callback'

const outcome = await handleCallback()
if (outcome === 'unclaimed') document.body.dataset['outcome'] = outcome

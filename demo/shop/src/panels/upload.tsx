// Work that needs nobody, pretended: the session is not idle as long as it goes on.
import { useHold } from '@tabsession/react'
import { useEffect, useState } from 'react'

const UPLOAD_MS = 60_000

/** Leaving the page stops it. */
export function UploadButton() {
	const [isUploading, setUploading] = useState(false)
	useHold('upload', isUploading)
	useEffect(() => {
		if (!isUploading) return
		const timer = setTimeout(setUploading, UPLOAD_MS, false)
		return () => clearTimeout(timer)
	}, [isUploading])
	return (
		<button type="button" onClick={() => setUploading(!isUploading)}>
			{isUploading ? 'Stop the upload' : 'Pretend an upload'}
		</button>
	)
}

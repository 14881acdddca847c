// Bundles the page as an application would be: the production builds of all, and lazy chunks that stay lazy.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** @returns the files by their path below `folder` */
export async function buildPage(folder: string): Promise<ReadonlyMap<string, Buffer>> {
	const { outputFiles, metafile } = await build({
		entryPoints: [fileURLToPath(new URL('page.tsx', import.meta.url))],
		outdir: folder,
		write: false,
		metafile: true,
		bundle: true,
		format: 'esm',
		splitting: true,
		minify: true,
		target: 'es2022',
		conditions: ['production'],
		define: { 'process.env.NODE_ENV': '"production"' },
		// Not this folder's, which leads to the sources.
		tsconfigRaw: { compilerOptions: { jsx: 'react-jsx' } },
	})
	if (!Object.keys(metafile.inputs).some(path => path.endsWith('packages/core/dist/kernel.js')))
		throw new Error('The bench measures the production build of @tabsession/core.')
	return new Map(outputFiles.map(({ path, contents }) => [path, Buffer.from(contents)]))
}

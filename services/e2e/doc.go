// Package e2e has tests only, of whole programs: processes that are started and
// killed (process_*), pages in a browser (browser_*), messages as they travel,
// written down (transcript_*), and what takes several of these together.
package e2e

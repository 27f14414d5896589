"""Work on very many images: divided over processes, gone on with after a kill, put together."""

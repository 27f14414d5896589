"""Why a net answers so: heat maps over images, what maps like most, what images are alike."""

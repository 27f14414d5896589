"""Detection: a trained net over whole images at many scales, and boxes from where it answers."""

"""Detection: a trained net over whole images at many scales, and boxes from the places where it
answers.
"""

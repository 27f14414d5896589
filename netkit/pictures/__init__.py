"""Pictures of samples, nets and runs: drawn with numpy and Pillow, curves with matplotlib; windows;
the report page.
"""

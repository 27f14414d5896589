"""The variables of EBLearn's `detect`, by kind; docs/eblearn.md says what each is here."""

FLOATS = (
    *("min_scale", "max_scale", "scaling", "hzpad", "wzpad", "save_video_fps"),
    *("pre_hfact", "pre_wfact", "post_hfact", "post_wfact"),
    *("max_hcenter_dist", "max_wcenter_dist"),
)
WHOLES = (
    *("scaling_type", "nms", "smoothing", "skip_frames", "input_npasses", "nthreads"),
    *("input_min", "input_max", "save_max", "save_max_per_frame", "bbox_saving"),
)
SWITCHES = (
    *("input_random", "bbox_ignore_outsiders", "bbox_show_class", "bbox_show_conf"),
    *("save_detections", "save_video", "display"),
)
TEXTS = "background_name", "file_pattern", "next_on_key"
OWN = (  # those that detect_settings.py reads one by one
    *("weights", "classes", "camera", "device", "input_dir", "input_list", "scales"),
    *("input_gain", "input_height", "input_width", "smoothing_kernel"),
    *("threshold", "pre_threshold", "post_threshold", "max_overlap", "vote_max_overlap"),
    *("vote_max_hcenter_dist", "vote_max_wcenter_dist"),
)
DETECT = {*FLOATS, *WHOLES, *SWITCHES, *TEXTS, *OWN}
DEFAULTS = {  # EBLearn's values where a file does not set them and netkit's differ
    "scaling_type": "3",
    "nms": "0",
    "hzpad": "0",
    "wzpad": "0",
}
MATTER = {  # what is not here and changes the result: {name: the values with which it does not}
    "bbox_decision": ("0",),
    "bbox_scalings": (),
    "bbox_file": (),
    "corners_inference": ("0",),
    "input_crop": (),
    "mask_class": (),
    "netdims": (),
    "outputs_threshold": (),
    "precamera": ("0",),
    "raw_thresholds": (),
    "scaler_mode": ("0",),
    "scaling_remove_pad": ("0",),
    "smoothing_sigma": ("1",),
    "weights_permutation": (),
    "woverh": ("1", "1.0"),
    "bootstrapping": ("0",),
    "net_type": (),
}
REASONS = {  # why; of the others the table in docs/eblearn.md says it
    "bbox_file": "only the boxes of this run are suppressed",
    "input_crop": "give input_crop=[y,x,height,width]",
    "mask_class": "give mask_class=[NAME]; EBLearn's is broken",
    "netdims": "the net says itself how small its input may be",
    "outputs_threshold": "outputs are used as they are",
    "precamera": "give input=FOLDER and the camera in two commands",
    "raw_thresholds": "class_threshold={NAME: confidence} is there for single classes",
    "scaler_mode": "an experiment with nets that predict scales",
    "smoothing_sigma": "the kernel of smoothing has a width of its own",
    "weights_permutation": "weights are taken as they stand in the file",
    "woverh": "boxes have the shape that the net sees; pre_wfact=... widens them",
    "bootstrapping": "of netkit train data=digits_background: false alarms become training windows",
    "net_type": "superseded by arch in EBLearn already: write the modules out",
}

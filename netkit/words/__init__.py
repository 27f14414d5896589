"""What users type in words that are not netkit's: other frameworks' names, typos, odd forms."""

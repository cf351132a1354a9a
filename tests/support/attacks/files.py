"""Files, folders and the network. A program that finds something says it in an exception."""

PROGRAMS = {
    "reads the secret": "raise ValueError(open('SECRET').read())\n",
    "reads it when called": "def solve(x): raise ValueError(open('SECRET').read())\n",
    "reads it by a link": "import os\nos.symlink('SECRET', '/tmp/link')\nraise ValueError(open('/tmp/link').read())\n",
    "reads it by a hard link": "import os\nos.link('SECRET', '/tmp/link')\nraise ValueError(open('/tmp/link').read())\n",
    "reads it by the root of another": "import os\nfor p in os.listdir('/proc'):\n    try: raise ValueError(open(f'/proc/{p}/root' + 'SECRET').read())\n"
    "    except OSError: pass\n",
    "reads it through the shell": "import subprocess\nraise ValueError(subprocess.run('cat SECRET', shell=True, capture_output=True).stdout)\n",
    "looks for it everywhere": "import os\nfor d, _, fs in os.walk('/'):\n    for f in fs:\n        if f == 'SECRET'.rpartition('/')[2]: raise ValueError(open(d + '/' + f).read())\n",
    "descriptors that were left": "import os\nfor fd in range(5, 200):\n    try: raise ValueError(os.read(fd, 100))\n    except OSError: pass\n",
    "the environment": "import os\nraise ValueError(str(dict(os.environ)) + open('/proc/self/environ').read())\n",
    "the command line": "raise ValueError(open('/proc/1/cmdline').read())\n",
    "accounts of the machine": "raise ValueError(open('/etc/passwd').read())\n",
    "reaches the server": "import socket\nsocket.create_connection(('127.0.0.1', PORT), 1).sendall(b'x')\n",
    "reaches it by name": "import urllib.request\nurllib.request.urlopen('http://localhost:PORT/', timeout=1)\n",
    "reaches it by IPv6": "import socket\nsocket.create_connection(('::1', PORT), 1)\n",
    "listens": "import socket\ns = socket.create_server(('127.0.0.1', PORT))\ns.settimeout(1)\ns.accept()\n",
    "raw packets": "import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW).send(b'x' * 60)\n",
    "an abstract socket": "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('\\0winnow')\n",
    "writes where it may not": "import os\nfor p in ('/', '/usr', '/winnow', '/etc', '/dev', '/winnow/inside'):\n"
    "    try: open(p + '/x', 'w').write('x')\n    except OSError: continue\n    raise ValueError('planted ' + p)\n",
    "changes the judge's code": "import glob\nfor f in glob.glob('/winnow/**', recursive=True):\n"
    "    try: open(f, 'a').write('#')\n    except OSError: continue\n    raise ValueError('planted ' + f)\n",
    "leaves a module behind": "import os\nos.makedirs('/tmp/unittest', exist_ok=True)\nopen('/tmp/json.py', 'w').write('raise SystemExit(0)')\n"
    "open('/tmp/sitecustomize.py', 'w').write('raise SystemExit(0)')\ndef solve(x): return 0\n",
    "mounts": "import ctypes\nif ctypes.CDLL(None).mount(b'/', b'/tmp', None, 4096, None) == 0: raise ValueError('planted')\n",
    "a device": "import os\nos.mknod('/tmp/mem', 0o20666, os.makedev(1, 1))\nraise ValueError('planted')\n",
    "a root of its own": "import os\nos.chroot('/tmp')\nraise ValueError('planted')\n",
}
